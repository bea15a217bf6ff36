import type { Account } from './account.ts'
import { webhookHeaders } from './signature.ts'
import type { World } from './world.ts'

const signer = 'twilio'

/** Webhooks are signed with the primary token of the account that they concern: a subaccount's own for its numbers. */
export function registerSigner({ deliveries, accounts }: World): void {
  deliveries.signer(signer, (delivery) => {
    const account = delivery.endpoint === undefined ? undefined : accounts.find(delivery.endpoint)
    if (!account) throw new Error(`The account ${delivery.endpoint} of a Twilio webhook is gone.`)
    return webhookHeaders(account.authToken, delivery)
  })
}

/** Sends a form to somebody's webhook, signed. `type` and `object` are for those who look at the deliveries. */
export function sendCallback(
  world: World,
  account: Account,
  callback: { url: string; type: string; object: string; form: Record<string, string> },
): void {
  world.deliveries.send({
    provider: 'twilio',
    url: callback.url,
    type: callback.type,
    object: callback.object,
    contentType: 'application/x-www-form-urlencoded; charset=UTF-8',
    body: new URLSearchParams(callback.form).toString(),
    sign: signer,
    endpoint: account.id,
  })
}
