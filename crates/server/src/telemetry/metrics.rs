//! Metrics under OpenTelemetry's names, as Prometheus text at `/metrics` and over OTLP if configured.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{App, Problem};
use opentelemetry::metrics::{Histogram, MeterProvider as _, UpDownCounter};
use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use prometheus::{Registry, TextEncoder};
use std::sync::Arc;
use std::time::Instant;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Seconds, as OpenTelemetry advises for HTTP.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The target of refusals in the log, so that `PRM_LOG` can name it.
const REFUSED: &str = "prm::refused";

/// The instruments of this instance. Shared as a service of the [`App`].
pub struct Metrics {
    registry: Registry,
    provider: SdkMeterProvider,
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
    traced: bool,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(None, false)
    }
}

/// The metrics of this application.
pub fn metrics(app: &App) -> Arc<Metrics> {
    app.service()
}

impl Metrics {
    /// Instruments that are also sent by `exporter`, if there is one; `traced` says whether spans are sent.
    pub fn new(exporter: Option<opentelemetry_otlp::MetricExporter>, traced: bool) -> Self {
        let registry = Registry::new();
        let scraped = opentelemetry_prometheus::exporter().with_registry(registry.clone()).scope_info_enabled(false).build();
        let scraped = scraped.expect("an empty registry takes an exporter");
        let mut builder = SdkMeterProvider::builder().with_reader(scraped).with_resource(super::resource());
        if let Some(exporter) = exporter {
            builder = builder.with_reader(PeriodicReader::builder(exporter).build());
        }
        let provider = builder.build();
        let meter = provider.meter("prm");
        let duration = meter
            .f64_histogram("http.server.request.duration")
            .with_unit("s")
            .with_description("Time until the answer begins.")
            .with_boundaries(SECONDS.to_vec())
            .build();
        let active = meter.i64_up_down_counter("http.server.active_requests").with_unit("{request}").with_description("Requests in hand.").build();
        Self { registry, provider, duration, active, traced }
    }

    /// Let everything that measures through OpenTelemetry's global meter be seen here.
    pub fn make_global(&self) {
        global::set_meter_provider(self.provider.clone());
    }

    /// Send what was not sent yet.
    pub fn flush(&self) {
        if let Err(cause) = self.provider.force_flush() {
            tracing::warn!(%cause, "the last metrics were not sent");
        }
    }

    /// A request begins.
    pub fn begin(self: &Arc<Self>, method: &Method, route: Option<&str>) -> Observed {
        let method = name(method);
        self.active.add(1, &active(method));
        Observed { metrics: self.clone(), method, route: route.unwrap_or_default().into(), begun: Instant::now() }
    }

    fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// Methods beyond the known are one, so that no caller can make up time series.
fn name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

fn active(method: &'static str) -> [KeyValue; 2] {
    [KeyValue::new("http.request.method", method), KeyValue::new("url.scheme", "http")]
}

/// A request in hand; no longer active when it is dropped.
pub struct Observed {
    metrics: Arc<Metrics>,
    method: &'static str,
    route: Arc<str>,
    begun: Instant,
}

impl Observed {
    /// The route's pattern; empty if there is no such route.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The span in which the request is carried out.
    pub fn span(&self, request: &Request, id: &str) -> Span {
        let span = tracing::info_span!(
            "request",
            request_id = id,
            http.request.method = self.method,
            http.route = self.route(),
            http.response.status_code = Empty,
            url.path = Empty,
            enduser.id = Empty,
            otel.name = Empty,
            otel.kind = Empty,
        );
        if self.metrics.traced {
            let parent = global::get_text_map_propagator(|propagator| propagator.extract(&Carrier(request.headers())));
            // Refused only when no layer of ours records spans: then nothing is lost.
            let _ = span.set_parent(parent);
            span.record("otel.name", format!("{} {}", self.method, self.route()));
            span.record("otel.kind", "server");
            span.record("url.path", request.uri().path());
        }
        span
    }

    /// The answer begins.
    pub fn end(self, span: &Span, status: StatusCode) {
        span.record("http.response.status_code", status.as_u16());
        let attributes = [
            KeyValue::new("http.request.method", self.method),
            KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
            KeyValue::new("http.route", self.route.clone()),
        ];
        // Last, so that it can be left out: there is no route for what is not found.
        let attributes = if self.route.is_empty() { &attributes[..2] } else { &attributes[..] };
        self.metrics.duration.record(self.begun.elapsed().as_secs_f64(), attributes);
        let status = status.as_u16();
        span.in_scope(|| match status {
            // Who was not let in, did not fit or came too often is worth knowing; a 404 or a stale revision is daily life.
            401 | 403 | 413 | 415 | 422 | 429 => tracing::info!(target: REFUSED, status, "refused"),
            _ => tracing::debug!(status, "answered"),
        });
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.metrics.active.add(-1, &active(self.method));
    }
}

struct Carrier<'a>(&'a HeaderMap);

impl opentelemetry::propagation::Extractor for Carrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }
    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

/// `/metrics`; not part of the published API.
pub(crate) fn router() -> axum::Router<App> {
    axum::Router::new().route("/metrics", axum::routing::get(scrape))
}

async fn scrape(State(app): State<App>) -> Result<Response, Problem> {
    let text = metrics(&app).text().map_err(Problem::internal)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
