/**
 * Answers that are one text. A `Response` gives its body as a stream only, and reading that back costs more than making
 * most answers: over a socket the text is written as it is.
 */
const TEXTS = new WeakMap<Response, string>();

export function textResponse(text: string, init: ResponseInit): Response {
  const response = new Response(text, init);
  TEXTS.set(response, text);
  return response;
}

/** Undefined for what is no text, or was made by somebody else. */
export function textOf(response: Response): string | undefined {
  return TEXTS.get(response);
}
