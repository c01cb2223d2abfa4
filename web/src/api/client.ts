// Asking the server that this page came from, and no other: JSON, binary arrays, and problems as errors.
import type { components } from "./schema";

export type Schemas = components["schemas"];

/** One of the things that were wrong; line: of a text that was sent. */
export interface Fault {
  field: string;
  detail: string;
  line?: number | null;
}

/** What the server did not do, in its own words (RFC 9457); status 0: it was not reached. */
export class Problem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly field: string;
  readonly retryAfterS: number | null;
  readonly errors: readonly Fault[];

  constructor(
    status: number,
    kind: string,
    detail: string,
    field = "",
    retryAfterS: number | null = null,
    errors: readonly Fault[] = [],
  ) {
    super(detail);
    this.errors = errors;
    this.status = status;
    this.kind = kind;
    this.field = field;
    this.retryAfterS = retryAfterS;
  }

  /** Whether the server could not be reached at all. */
  get gone(): boolean {
    return this.status === 0;
  }
}

const unreached: (() => void)[] = [];

/** Be told, once, when the server is not reached the next time. */
export function onceUnreached(tell: () => void): void {
  unreached.push(tell);
}

export interface Asking {
  signal?: AbortSignal;
  token?: string;
}

/** The JSON answer of a path; `undefined` and null parameters are left out. */
export async function get<T>(
  path: string,
  parameters: Record<string, string | number | null | undefined> = {},
  asking: Asking = {},
): Promise<T> {
  return (await ask("GET", withQuery(path, parameters), undefined, asking)).json() as Promise<T>;
}

/** Send JSON to a path and return the answer. */
export async function post<T>(path: string, body: unknown, asking: Asking = {}): Promise<T> {
  return (await ask("POST", path, JSON.stringify(body), asking)).json() as Promise<T>;
}

/** The bytes of a path. */
export async function bytes(
  path: string,
  parameters: Record<string, string | number | null | undefined> = {},
  asking: Asking = {},
): Promise<ArrayBuffer> {
  return (await ask("GET", withQuery(path, parameters), undefined, asking)).arrayBuffer();
}

/** The text of a path. */
export async function text(path: string, asking: Asking = {}): Promise<string> {
  return (await ask("GET", path, undefined, asking)).text();
}

function withQuery(path: string, parameters: Record<string, string | number | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null) query.set(name, String(value));
  }
  return query.size ? `${path}?${query}` : path;
}

async function ask(
  method: string,
  path: string,
  body: string | undefined,
  asking: Asking,
): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json, */*;q=0.5" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (asking.token) headers["authorization"] = `Bearer ${asking.token}`;
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body ?? null,
      credentials: "omit",
      redirect: "error",
      signal: asking.signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    for (const tell of unreached.splice(0)) tell();
    throw new Problem(0, "gone", String(error));
  }
  if (answer.ok) return answer;
  throw await problemOf(answer);
}

async function problemOf(answer: Response): Promise<Problem> {
  const after = Number(answer.headers.get("retry-after"));
  const retryAfterS = Number.isFinite(after) && after > 0 ? after : null;
  try {
    const said: unknown = await answer.json();
    if (said && typeof said === "object") {
      const { type, detail, title, field, errors } = said as Record<string, unknown>;
      const kind = typeof type === "string" ? type.replace("urn:openleo:problem:", "") : "failed";
      const faults = Array.isArray(errors) ? (errors as Fault[]) : [];
      return new Problem(
        answer.status,
        kind,
        String(detail ?? title ?? ""),
        String(field ?? ""),
        retryAfterS,
        faults,
      );
    }
  } catch {
    // no JSON: a proxy may have answered
  }
  return new Problem(answer.status, "failed", answer.statusText, "", retryAfterS);
}
