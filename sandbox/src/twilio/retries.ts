import type { Outcome } from '../deliveries.ts'
import { sendCallback } from './callbacks.ts'
import { findMessage, showIncoming } from './message.ts'
import { type Overrides, type Reason, readOverrides } from './overrides.ts'
import { ownerOf } from './owned-numbers.ts'
import type { World } from './world.ts'

/** How often a webhook was repeated before the delivery of this id. */
type Tries = { id: string; count: number }
const kind = 'twilio.retry'

function reasonOf({ status, delivery }: Outcome): Reason {
  if (status !== undefined) return status < 500 ? '4xx' : '5xx'
  return /timeout|timed out/i.test(delivery.attempts.at(-1)?.error ?? '') ? 'rt' : 'ct'
}

const covers = ({ after }: Overrides, reason: Reason) => after.includes('all') || after.includes(reason)

/** What Twilio does when a number's SmsUrl fails for good: it asks the fallback, and says what went wrong. */
function askFallback(world: World, { delivery, status }: Outcome): void {
  const message = delivery.type === 'message.received' ? findMessage(world.store, delivery.object) : undefined
  const number = message && ownerOf(world.store, message.to)
  const account = number && world.accounts.find(number.account)
  const fallback = number?.settings.SmsFallbackUrl
  if (!message || !account || !fallback || delivery.url === fallback) return
  sendCallback(world, account, {
    url: fallback,
    type: delivery.type,
    object: message.id,
    form: {
      ...showIncoming(message),
      ErrorCode: status === undefined ? '11205' : '11200',
      ErrorUrl: delivery.url,
    },
  })
}

/** Repeats failed webhooks at once, as their address asks for. */
export function retryWebhooks(world: World): void {
  const { deliveries, store } = world
  deliveries.onOutcome((outcome) => {
    const { delivery, succeeded } = outcome
    if (delivery.provider !== 'twilio') return
    const count = store.get<Tries>(kind, delivery.id)?.count ?? 0
    store.remove(kind, delivery.id)
    if (succeeded) return
    const overrides = readOverrides(delivery.url)
    if (count >= overrides.retries || !covers(overrides, reasonOf(outcome)))
      return askFallback(world, outcome)
    const { provider, url, type, object, contentType, body, sign, endpoint } = delivery
    const again = deliveries.send({
      provider,
      url,
      type,
      object,
      contentType,
      body,
      sign,
      ...(endpoint === undefined ? {} : { endpoint }),
    })
    store.put<Tries>(kind, { id: again.id, count: count + 1 })
  })
}
