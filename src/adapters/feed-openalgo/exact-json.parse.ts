const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;

/**
 * The same JSON with every number as text, digit by digit as it was sent: JSON.parse would make a float of a price.
 * What is no JSON stays none.
 */
export function withNumbersAsText(json: string): string {
  let out = '';
  let copied = 0;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(json, at);
    } else if (code === MINUS || isDigit(code)) {
      const end = numberEnd(json, at);
      out += `${json.slice(copied, at)}"${json.slice(at, end)}"`;
      copied = end;
      at = end - 1;
    }
  }
  return copied === 0 ? json : out + json.slice(copied);
}

/** Place of the closing quotation mark, or the end. */
function stringEnd(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return json.length;
}

function numberEnd(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && isOfNumber(json.charCodeAt(at))) at += 1;
  return at;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Digits, the point, signs and e or E. */
function isOfNumber(code: number): boolean {
  return (
    isDigit(code) || code === 46 || code === 43 || code === MINUS || code === 69 || code === 101
  );
}
