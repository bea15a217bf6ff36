import { createHash, createHmac } from 'node:crypto'

/**
 * The X-Twilio-Signature of a form webhook: HMAC-SHA1, in base64, over the URL followed by each parameter's name
 * and value, names sorted; the distinct values of a repeated name are sorted too. A fragment is no part of the URL.
 */
export function twilioSignature(authToken: string, url: string, form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort()
  const signed = names.map((name) =>
    [...new Set(form.getAll(name))]
      .sort()
      .map((value) => name + value)
      .join(''),
  )
  return createHmac('sha1', authToken)
    .update(url.replace(/#.*$/s, '') + signed.join(''))
    .digest('base64')
}

/**
 * Headers of a webhook as Twilio's proxy sends it. The idempotency token is the same whenever the same callback
 * is sent again, so it is derived from what is sent.
 */
export function webhookHeaders(
  authToken: string,
  delivery: { url: string; body: string },
): Record<string, string> {
  const token = createHash('sha256').update(`${delivery.url}\n${delivery.body}`).digest('hex')
  const uuid = [
    token.slice(0, 8),
    token.slice(8, 12),
    token.slice(12, 16),
    token.slice(16, 20),
    token.slice(20, 32),
  ]
  return {
    'x-twilio-signature': twilioSignature(authToken, delivery.url, new URLSearchParams(delivery.body)),
    'i-twilio-idempotency-token': uuid.join('-'),
    'user-agent': 'TwilioProxy/1.1',
    accept: '*/*',
  }
}
