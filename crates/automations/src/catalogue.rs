//! What automations are made of on this installation: the steps that domains offer, the standard automations, the types of events.

use crate::rules::{self, Definition};
use crate::types::{AutomationExpression, AutomationName, AutomationStep, AutomationStepKind};
use jsonschema::Validator;
use kernel::App;
use kernel::steps::{Standard, Step};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use validator::Validate;

/// A step with its parameters' schema, ready to check them.
pub struct Offered {
    /// As its domain offers it.
    pub step: Step,
    /// Checks parameters.
    pub schema: Validator,
    parameters: Value,
}

/// Everything that automations are made of; a service of the application.
pub struct Catalogue {
    steps: BTreeMap<&'static str, Offered>,
    standards: BTreeMap<&'static str, Definition>,
    event_types: Vec<&'static str>,
    faults: Vec<String>,
}

impl Catalogue {
    /// Put it together. A step or a standard automation that is not in order is left out and told of in [`Catalogue::faults`].
    pub fn new(steps: Vec<Step>, standards: Vec<Standard>, event_types: Vec<&'static str>) -> Self {
        let mut made = Self { steps: BTreeMap::new(), standards: BTreeMap::new(), event_types, faults: Vec::new() };
        steps.into_iter().for_each(|step| made.add_step(step));
        standards.into_iter().for_each(|standard| made.add_standard(&standard));
        for fault in &made.faults {
            tracing::error!(fault, "a step or a standard automation is not in order and left out");
        }
        made
    }

    /// The catalogue of this application; an empty one if none was provided.
    pub fn of(app: &App) -> Arc<Self> {
        app.find_service().unwrap_or_else(|| Arc::new(Self::new(Vec::new(), Vec::new(), Vec::new())))
    }

    fn add_step(&mut self, step: Step) {
        let parameters = (step.parameters)();
        match kernel::fields::compile(&parameters) {
            Err(fault) => self.faults.push(format!("step {}: {}", step.name, fault.detail)),
            Ok(_) if self.steps.contains_key(step.name) => self.faults.push(format!("step {}: there are two", step.name)),
            Ok(schema) => _ = self.steps.insert(step.name, Offered { step, schema, parameters }),
        }
    }

    fn add_standard(&mut self, standard: &Standard) {
        let name = standard.name;
        let steps = match kernel::body::from_value::<Wrapped>(serde_json::json!({"steps": (standard.steps)()})) {
            Ok(read) => read.steps,
            Err(problem) => return self.faults.push(format!("automation {name}: {:?}", problem.errors)),
        };
        let (summary, on) = (standard.summary.to_owned(), vec![standard.on.to_owned()]);
        let definition = Definition { summary, on, when: AutomationExpression::of(standard.when), steps };
        let found = rules::faults(&definition, self, "");
        let wrong_name = AutomationName::read(name).is_none() || self.standards.contains_key(name);
        if wrong_name {
            self.faults.push(format!("automation {name}: its name is not one, or there are two"));
        } else if found.is_empty() {
            self.standards.insert(name, definition);
        } else {
            self.faults.extend(found.iter().map(|fault| format!("automation {name}: {} {}", fault.pointer, fault.detail)));
        }
    }

    /// What is not in order, as sentences; nothing, it is hoped.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// A step by name.
    pub fn step(&self, name: &str) -> Option<&Offered> {
        self.steps.get(name)
    }

    /// Every step, by name.
    pub fn steps(&self) -> impl Iterator<Item = AutomationStepKind> {
        self.steps.values().map(|offered| AutomationStepKind {
            name: offered.step.name.to_owned(),
            summary: offered.step.summary.to_owned(),
            subjects: offered.step.subjects.iter().map(ToString::to_string).collect(),
            parameters: offered.parameters.clone(),
        })
    }

    /// A standard automation by name.
    pub fn standard(&self, name: &str) -> Option<&Definition> {
        self.standards.get(name)
    }

    /// Every standard automation, by name.
    pub fn standards(&self) -> impl Iterator<Item = (&'static str, &Definition)> {
        self.standards.iter().map(|(name, definition)| (*name, definition))
    }

    /// Every type of event that is published.
    pub fn event_types(&self) -> &[&'static str] {
        &self.event_types
    }
}

/// Steps as on the wire, to be read like a body.
#[derive(serde::Deserialize, Validate)]
struct Wrapped {
    #[validate(length(min = 1, max = 20), nested)]
    steps: Vec<AutomationStep>,
}
