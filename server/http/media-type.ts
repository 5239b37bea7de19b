/**
 * The media type of a `Content-Type`, in lower case. Undefined for a text that is none, or that says
 * another encoding than the UTF-8 that JSON has to have (RFC 8259 section 8.1).
 */
export function mediaTypeOf(contentType: string): string | undefined {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith("charset="));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return undefined;
  const name = type.trim();
  return /^[\w.+-]+\/[\w.+-]+$/.test(name) ? name : undefined;
}
