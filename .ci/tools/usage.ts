// What a client author writes against the generated types; it only has to compile.
import createClient from "openapi-fetch";
import type { paths, webhooks } from "./api";

type Register = paths["/v1/deals"]["post"]["requestBody"]["content"]["application/json"];
type Approved = webhooks["deal.approved"]["post"]["requestBody"]["content"]["application/json"];

const prm = createClient<paths>({
  baseUrl: "http://127.0.0.1:8080",
  headers: { Authorization: "Bearer prm_key" },
});

export async function register(body: Register): Promise<string> {
  const { data, error } = await prm.POST("/v1/deals", { body });
  if (error) return `${error.code}: ${error.detail ?? error.title} (${error.request_id})`;
  return `${data.id} ${data.status}`;
}

export async function* log(after: number) {
  const { data } = await prm.GET("/v1/events", { params: { query: { after } } });
  for (const event of data?.data ?? []) yield `${event.sequence} ${event.type} ${event.subject.id}`;
}

export async function read(id: string) {
  const { data } = await prm.GET("/v1/deals/{id}", { params: { path: { id } } });
  // @ts-expect-error the types are narrow: a field that does not exist is refused
  data?.no_such_field;
  // @ts-expect-error so is a path that does not exist
  await prm.GET("/v1/no-such-path");
  return data;
}

export const approved = (event: Approved): string => `${event.sequence} ${event.type} ${event.data.deal.id}`;
