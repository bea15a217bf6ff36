import { expect, test } from 'vitest'
import { twilioSignature } from './signature.ts'

// The worked example of twilio.com/docs/usage/security.
const verify = twilioSignature('12345')
const request = {
  signature: 'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
  url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
  params: {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  },
}

test('a webhook signed with the auth token is good', async () => {
  expect(await verify(request)).toBe(true)
})

test.each([
  ['another signature', { signature: 'RSOYDt4T1cUTdK1PDd93/VVr8B9=' }],
  ['no signature', { signature: '' }],
  ['another address', { url: 'https://mycompany.com/myapp.php?foo=1&bar=3' }],
  ['another field', { params: { ...request.params, Digits: '1235' } }],
])('%s is not', async (_, change) => {
  expect(await verify({ ...request, ...change })).toBe(false)
})
