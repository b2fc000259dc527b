//! Refused rows as a CSV file, written page by page while it is sent.

use super::RefusedRow;
use super::service::refused_row;
use super::store::{self, import::Model};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use kernel::{App, Problem, Scope};

/// Rows read from the database at once.
const PAGE: u64 = 500;

/// The whole file: line, code, detail, and the row as it was, so that it can be mended and imported again.
pub(crate) fn file(app: App, scope: Scope, import: Model) -> Response {
    let names = import.header().unwrap_or_else(|| vec!["row".to_owned()]);
    let columns = names.len();
    let head = write([["line", "pointer", "code", "detail"].map(str::to_owned).into_iter().chain(names).collect()]);
    let id = import.id;
    let pages = futures::stream::try_unfold(Some(0), move |after| {
        let app = app.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let rows = store::refused_rows(&app.db().read_of(scope.vendor()).await?, scope, id, after, PAGE).await?;
            let next = rows.last().map(|row| row.line);
            let page = write(rows.into_iter().map(|row| cells(refused_row(row), columns)));
            Ok::<_, sea_orm::DbErr>(next.map(|next| (page, Some(next))))
        }
    });
    use futures::StreamExt as _;
    let body = Body::from_stream(futures::stream::once(async move { Ok(head) }).chain(pages));
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"errors.csv\""));
    response
}

fn cells(row: RefusedRow, columns: usize) -> Vec<String> {
    let all = |part: fn(&kernel::problem::FieldError) -> &str| row.errors.iter().map(part).filter(|text| !text.is_empty()).collect::<Vec<_>>();
    let mut cells =
        vec![row.line.to_string(), all(|error| &error.pointer).join(" "), all(|error| &error.code).join(" "), all(|error| &error.detail).join(" ")];
    cells.extend(row.cells);
    // A person will open the file in a spreadsheet; what others wrote in it is text there.
    let mut cells: Vec<_> = cells.into_iter().map(kernel::text::for_spreadsheet).collect();
    // A ragged row keeps its own cells; a short one is filled up.
    cells.resize(cells.len().max(4 + columns), String::new());
    cells
}

fn write(rows: impl IntoIterator<Item = Vec<String>>) -> Bytes {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(&row);
    }
    writer.into_inner().unwrap_or_default().into()
}

/// An import that the caller may see.
pub(crate) async fn visible(app: &App, scope: Scope, id: super::ImportId) -> Result<Model, Problem> {
    store::by_id(&app.db().read_of(scope.vendor()).await?, scope, id.0).await?.ok_or_else(Problem::not_found)
}
