//! What operators see: logs, traces and metrics.

mod metrics;

pub(crate) use metrics::router;
pub use metrics::{Metrics, Observed, metrics};

use crate::Config;
use crate::serve::Failure;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{MetricExporter, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::io::IsTerminal;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Libraries that talk too much at `info`; PRM_LOG may name them to hear them again.
const QUIET: &str = "opentelemetry=warn,opentelemetry_sdk=warn,sea_orm_migration=warn,sqlx=warn,hyper=warn,reqwest=warn";

/// What was started for the process, and has to be ended with it.
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Log to standard error; send traces if there is somewhere to send them.
    pub fn start(config: &Config) -> Result<Self, Failure> {
        let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log))?;
        let json = config.log_json.unwrap_or_else(|| !std::io::stdout().is_terminal());
        let logs = if json {
            fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false).with_writer(std::io::stderr).boxed()
        } else {
            fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).boxed()
        };
        let traces = config.otlp_endpoint.as_deref().map(traces).transpose()?;
        let spans = traces.as_ref().map(|traces| tracing_opentelemetry::layer().with_tracer(traces.tracer("prm")));
        tracing_subscriber::registry().with(filter).with(logs).with(spans).try_init()?;
        std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a panic")));
        Ok(Self { traces })
    }

    /// Send what was not sent yet.
    pub async fn end(self) {
        let Some(traces) = self.traces else { return };
        let ended = tokio::task::spawn_blocking(move || traces.shutdown()).await;
        if !matches!(ended, Ok(Ok(()))) {
            eprintln!("prm: the last traces were not sent");
        }
    }
}

fn resource() -> Resource {
    Resource::builder().with_service_name("prm").with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))).build()
}

fn traces(endpoint: &str) -> Result<SdkTracerProvider, Failure> {
    let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).with_endpoint(format!("{endpoint}/v1/traces")).build()?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build())
}

impl Metrics {
    /// The metrics that this configuration asks for.
    pub fn for_config(config: &Config) -> Self {
        let exporter = config.otlp_endpoint.as_deref().map(|endpoint| {
            MetricExporter::builder().with_http().with_protocol(Protocol::HttpBinary).with_endpoint(format!("{endpoint}/v1/metrics")).build()
        });
        match exporter {
            Some(Ok(exporter)) => Self::new(Some(exporter), true),
            Some(Err(cause)) => {
                tracing::warn!(%cause, "metrics are not sent");
                Self::new(None, true)
            }
            None => Self::new(None, false),
        }
    }
}
