/**
 * A refusal is an expected no: a value that a decision returns, not an exception. It says which rule
 * refused (`code`), what the caller can do next (`detail`), and what a program needs to go on (`more`).
 */
export interface Refusal<Code extends string = string> {
  readonly ok: false;
  readonly code: Code;
  readonly detail: string;
  readonly more: Readonly<Record<string, unknown>>;
}

export function refuse<Code extends string>(
  code: Code,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
): Refusal<Code> {
  return { ok: false, code, detail, more };
}
