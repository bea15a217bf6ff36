import fc from 'fast-check'
import twilio from 'twilio'
import { expect, test } from 'vitest'
import { twilioSignature, webhookHeaders } from './signature.ts'

test("signs Twilio's published example", () => {
  const form = new URLSearchParams({
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675310',
    Digits: '1234',
    From: '+14158675310',
    To: '+18005551212',
  })
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
  expect(twilioSignature('12345', url, form)).toBe('GvWf1cFY/Q7PnoempGyD5oXAezc=')
})

test('whatever is sent, the SDK accepts it, and nothing else', () => {
  const form = fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,8}$/), fc.string(), {
    maxKeys: 8,
    noNullPrototype: true,
  })
  fc.assert(
    fc.property(form, fc.string({ minLength: 1 }), (fields, token) => {
      const url = 'http://127.0.0.1:4800/api/webhooks/twilio/status?kind=a%20b'
      const body = new URLSearchParams(fields).toString()
      const signature = webhookHeaders(token, { url: `${url}#rc=2`, body })['x-twilio-signature'] ?? ''
      const received = Object.fromEntries(new URLSearchParams(body))
      expect(twilio.validateRequest(token, signature, url, received)).toBe(true)
      expect(twilio.validateRequest(`${token}x`, signature, url, received)).toBe(false)
      expect(twilio.validateRequest(token, signature, url, { ...received, Added: 'yes' })).toBe(false)
    }),
  )
})

test('the idempotency token is the same for the same callback and another for another', () => {
  const token = (body: string) =>
    webhookHeaders('t', { url: 'http://a.example/', body })['i-twilio-idempotency-token']
  expect(token('a=1')).toBe(token('a=1'))
  expect(token('a=1')).not.toBe(token('a=2'))
})

test('a name that is repeated counts once for each value, in order', () => {
  const form = new URLSearchParams([...['b', 'a', 'b'].map((value) => ['Media', value]), ['Body', 'x']])
  const url = 'https://app.example/sms'
  const signature = twilioSignature('token', url, form)
  expect(twilio.validateRequest('token', signature, url, { Body: 'x', Media: ['a', 'b', 'b'] })).toBe(true)
  expect(twilio.validateRequest('token', signature, url, { Body: 'x', Media: ['a'] })).toBe(false)
})
