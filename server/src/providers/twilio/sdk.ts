import type twilio from 'twilio'

export type TwilioAccount = { accountSid: string; authToken: string; apiBase: string | null }

const TIMEOUT_MS = 15_000

/** The SDK takes most of a second to load, so nobody waits for it before it is needed. */
export function loadTwilio() {
  return import('twilio').then((module) => module.default)
}

/**
 * The official SDK, pointed at another server of the same API where `apiBase` names one. It has no setting for that:
 * each product has its own host, and next pages come as whole addresses. So the origin of every request is
 * replaced as it leaves, and the host it was meant for goes along in the headers.
 */
export async function twilioSdk(account: TwilioAccount): Promise<twilio.Twilio> {
  const sdk = await loadTwilio()
  const httpClient = new sdk.RequestClient({ timeout: TIMEOUT_MS, autoRetry: true })
  if (account.apiBase !== null) {
    const base = new URL(account.apiBase)
    const request = httpClient.request.bind(httpClient)
    httpClient.request = (options) => {
      const url = new URL(options.uri)
      const headers = { ...options.headers, Host: url.host, 'X-Twilio-Host': url.host }
      url.protocol = base.protocol
      url.host = base.host
      return request({ ...options, uri: url.href, headers })
    }
  }
  return sdk(account.accountSid, account.authToken, { httpClient })
}
