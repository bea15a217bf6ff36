import type { Account } from './account.ts'
import type { Asker } from './asker.ts'
import { startAsker } from './asker.ts'
import type { Cassette, Exchange, Fields, Json, Param } from './cassettes.ts'
import { isFields, objectsIn } from './cassettes.ts'
import type { Ids } from './ids.ts'

/** Parameters of the fields that are given: a nested one as `recurring[interval]`. */
function paramsOf(given: { [name: string]: Json | undefined }): Param[] {
  return Object.entries(given).flatMap(([name, value]): Param[] => {
    if (value === undefined || value === null) return []
    if (!isFields(value)) return [[name, String(value)]]
    return paramsOf(value).map(([inner, text]): Param => [`${name}[${inner}]`, text])
  })
}

async function made(
  asker: Asker,
  path: string,
  given: { [name: string]: Json | undefined },
): Promise<Fields> {
  const { status, answer } = await asker.ask('POST', path, paramsOf(given))
  if (status !== 200) throw new Error(`POST ${path} could not be prepared: ${JSON.stringify(answer)}`)
  return answer
}

/** The state of a sandbox that has the account's products, prices and coupons under their recorded ids. */
export async function stateOf(account: Account): Promise<string> {
  const asker = await startAsker(1_583_000_000)
  const renamed: [ours: string, recorded: string][] = []
  for (const [id, { name, unit }] of account.products)
    await made(asker, '/v1/products', { id, name, unit_label: unit })
  for (const price of account.prices) {
    const { currency, nickname, product, recurring, tax_behavior, unit_amount } = price
    const every = isFields(recurring)
      ? { interval: recurring.interval ?? null, interval_count: recurring.interval_count ?? null }
      : undefined
    const ours = await made(asker, '/v1/prices', {
      currency,
      nickname,
      product,
      recurring: every,
      tax_behavior,
      unit_amount,
    })
    renamed.push([String(ours.id), String(price.id)])
  }
  for (const { id, name, percent_off, amount_off, currency, duration } of account.coupons)
    await made(asker, '/v1/coupons', { id, name, percent_off, amount_off, currency, duration })
  let state = await asker.snapshot()
  await asker.close()
  for (const [ours, recorded] of renamed) state = state.replaceAll(ours, recorded)
  const known = new Map([...account.prices, ...account.coupons].map((object) => [String(object.id), object]))
  const { objects } = JSON.parse(state) as { objects: { kind: string; object: Fields }[] }
  const dated = objects
    // The clock begins where each cassette does, and nobody listens to what made these.
    .filter(({ kind }) => kind !== 'clock' && kind !== 'event')
    .map(({ kind, object }) => {
      const recorded = kind === 'price' || kind === 'coupon' ? known.get(String(object.id)) : undefined
      const kept = recorded === undefined ? {} : { created: recorded.created ?? null }
      // The answers show a coupon after the cassette has redeemed it once.
      const used =
        recorded && kind === 'coupon' ? { times_redeemed: Number(recorded.times_redeemed) - 1 } : {}
      return { kind, object: { ...object, ...kept, ...used } }
    })
  return JSON.stringify({ objects: dated })
}

type Preparing = { asker: Asker; ids: Ids; cassette: Cassette; account: Account }

const recordedObject = (cassette: Cassette, id: string): Fields | undefined =>
  cassette.exchanges.flatMap(({ answer }) => [...objectsIn(answer)]).find((object) => object.id === id)

async function customer({ asker, ids, cassette }: Preparing, id: string): Promise<boolean> {
  const recorded = recordedObject(cassette, id)
  if (recorded === undefined) return false
  const { email, name } = recorded
  return ids.pair(id, String((await made(asker, '/v1/customers', { email, name })).id))
}

/** A customer's card: one that asks for 3-D Secure where a payment of theirs waits for it. */
async function card({ asker, ids, cassette }: Preparing, id: string, owner: string): Promise<boolean> {
  const waits = cassette.exchanges.some(
    ({ answer }) => answer.customer === owner && answer.status === 'requires_action',
  )
  const token = waits ? 'pm_card_authenticationRequired' : 'pm_card_visa'
  const method = await made(asker, `/v1/payment_methods/${token}/attach`, { customer: ids.translate(owner) })
  return ids.pair(id, String(method.id))
}

async function invoice({ asker, ids, cassette }: Preparing, id: string): Promise<boolean> {
  const recorded = recordedObject(cassette, id)
  const lines = isFields(recorded?.lines) && Array.isArray(recorded.lines.data) ? recorded.lines.data : []
  if (recorded?.parent !== null || lines.length === 0) return false
  const owner = ids.translate(String(recorded.customer))
  for (const line of lines) {
    if (!isFields(line)) continue
    const { amount, currency, description } = line
    await made(asker, '/v1/invoiceitems', { customer: owner, amount, currency, description })
  }
  const asked = { customer: owner, pending_invoice_items_behavior: 'include' }
  return ids.pair(id, String((await made(asker, '/v1/invoices', asked)).id))
}

/** The payment of a subscription's first invoice, with the subscription that it is of. */
async function firstPayment({ asker, ids, cassette, account }: Preparing, id: string): Promise<boolean> {
  const recorded = recordedObject(cassette, id)
  const price = account.prices.find(
    ({ unit_amount, type }) => type === 'recurring' && unit_amount === recorded?.amount,
  )
  if (recorded?.description !== 'Subscription creation' || price === undefined) return false
  const { status, answer } = await asker.ask('POST', '/v1/subscriptions', [
    ['customer', ids.translate(String(recorded.customer))],
    ['items[0][price]', String(price.id)],
    ['expand[0]', 'latest_invoice.payments'],
  ])
  if (status !== 200) return false
  const payment = [...objectsIn(answer)].find(({ object }) => object === 'invoice_payment')?.payment
  return isFields(payment) && ids.pair(id, String(payment.payment_intent))
}

/**
 * Makes what an exchange takes for granted and its cassette never made: the account's customer with a card, a draft
 * invoice, a subscription's payment. Answers the ids that could not be.
 */
export async function prepare(preparing: Preparing, { path, params }: Exchange): Promise<string[]> {
  const asked = [path, ...params.map(([, value]) => value)].join(' ')
  const { ids } = preparing
  const missing: string[] = []
  for (const id of ids.unknownIn(asked)) {
    if (ids.knows(id)) continue
    const owner = /\/v1\/customers\/(cus_\w+)/.exec(path)?.[1]
    if (id.startsWith('cus_') && (await customer(preparing, id))) continue
    if (id.startsWith('pm_') && owner && (await card(preparing, id, owner))) continue
    if (id.startsWith('in_') && (await invoice(preparing, id))) continue
    if (id.startsWith('pi_') && (await firstPayment(preparing, id))) continue
    missing.push(id)
  }
  return missing
}
