/**
 * What makes a text field say what is wrong with it. Carbon names the message by
 * `aria-errormessage` alone, which few screen readers read; a description is read by all.
 */
export function invalidProps(id: string, problem: string | undefined) {
  return problem === undefined || problem === ""
    ? { invalid: false }
    : { invalid: true, invalidText: problem, "aria-describedby": `${id}-error-msg` };
}
