import { createHmac } from 'node:crypto';

/** Headers by which a receiver knows a message for ours: see docs/operating/alarms.md. */
export const SIGNATURE_HEADER = 'stopledger-signature';
export const TIMESTAMP_HEADER = 'stopledger-timestamp';
export const DELIVERY_HEADER = 'stopledger-delivery';

/** `v1=` and the HMAC-SHA256, in hexadecimal, over the timestamp (Unix seconds), a dot, and the body as it is sent. */
export function signatureOf(secret: string, timestampS: number, body: string): string {
  const digest = createHmac('sha256', secret).update(`${timestampS}.${body}`).digest('hex');
  return `v1=${digest}`;
}
