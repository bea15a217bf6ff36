import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type Asker, startAsker } from './asker.ts'
import { type Fields, isFields, type Json, objectsIn, type Param } from './cassettes.ts'

/** What samples have though it is gone, or is there sometimes only, by `object: field`. */
const sometimes: Record<string, string> = {
  ...Object.fromEntries(
    ['controller', 'external_accounts', 'future_requirements', 'requirements', 'tos_acceptance'].map(
      (name) => [`account: ${name}`, 'of accounts that others control'],
    ),
  ),
  'credit_note_line_item: invoice_line_item': 'of lines that credit a line of the invoice',
  'invoice: subscription': 'gone since 2025-03-31.basil',
  'invoiceitem: net_amount': 'of items that cannot be discounted',
  'line_item: subscription': 'in no recorded answer',
}

/** Asks for one object of each kind that no recording has. */
async function others(asker: Asker): Promise<Fields[]> {
  const answers: Fields[] = []
  const ask = async (on: string, given: Record<string, string> = {}): Promise<string> => {
    const [method = '', path = ''] = on.split(' ')
    const { status, answer } = await asker.ask(method, path, Object.entries(given) as Param[])
    if (status !== 200) throw new Error(`${on} answered ${status}: ${JSON.stringify(answer)}`)
    answers.push(answer)
    return String(answer.id)
  }
  await ask('GET /v1/account')
  await ask('POST /v1/tax_rates', { display_name: 'VAT', inclusive: 'false', percentage: '19' })
  await ask('POST /v1/test_helpers/test_clocks', { frozen_time: '1774905737' })
  const coupon = await ask('POST /v1/coupons', { percent_off: '10', duration: 'forever' })
  await ask('POST /v1/promotion_codes', { 'promotion[type]': 'coupon', 'promotion[coupon]': coupon })
  await ask('POST /v1/billing/meters', {
    ...{ display_name: 'Calls', event_name: 'calls' },
    'default_aggregation[formula]': 'sum',
  })
  await ask('POST /v1/billing_portal/configurations', { 'features[invoice_history][enabled]': 'true' })
  const customer = await ask('POST /v1/customers', { email: 'a@b.test' })
  await ask(`POST /v1/customers/${customer}/balance_transactions`, { amount: '-100', currency: 'usd' })
  await ask('POST /v1/billing/meter_events', {
    ...{ event_name: 'calls', 'payload[value]': '1' },
    'payload[stripe_customer_id]': customer,
  })
  const product = await ask('POST /v1/products', { name: 'A' })
  const price = await ask('POST /v1/prices', {
    ...{ product, currency: 'usd', unit_amount: '500' },
    'recurring[interval]': 'month',
  })
  await ask('POST /v1/subscription_schedules', {
    ...{ customer, start_date: '1790000000' },
    'phases[0][items][0][price]': price,
    'phases[0][duration][interval]': 'month',
  })
  const session = await ask('POST /v1/checkout/sessions', {
    ...{ mode: 'subscription', success_url: 'https://example.com/' },
    ...{ 'line_items[0][price]': price, 'line_items[0][quantity]': '1' },
  })
  await ask(`GET /v1/checkout/sessions/${session}/line_items`)
  const disputed = await ask('POST /v1/payment_intents', {
    ...{ amount: '500', currency: 'usd', confirm: 'true', payment_method: 'pm_card_createDispute' },
    return_url: 'https://example.com/',
  })
  await asker.moveTo(1_774_999_999)
  await ask('GET /v1/disputes', { payment_intent: disputed })
  await ask('GET /v1/events', { limit: '1' })
  // The last, so that nothing is sent to it.
  await ask('POST /v1/webhook_endpoints', { url: 'https://example.com/', 'enabled_events[0]': '*' })
  return answers
}

/** The names of all fields that were seen, by kind of object. */
function namesByKind(answers: Json[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>()
  for (const object of objectsIn(answers)) {
    const kind = String(object.object)
    const known = names.get(kind) ?? new Set()
    for (const name of Object.keys(object)) known.add(name)
    names.set(kind, known)
  }
  return names
}

/**
 * Which fields of the provider's samples (a `fixtures3.json.gz`) our objects never have, by `object: field`, those that
 * are excused with why, and the kinds of objects that were compared. `answers` are ours so far.
 */
export async function missingFields(
  file: string,
  answers: Json[],
): Promise<{ kinds: string[]; missing: string[]; excused: string[] }> {
  const { resources } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as { resources: Fields }
  const asker = await startAsker(1_774_905_737)
  const seen = namesByKind([...answers, ...(await others(asker))])
  await asker.close()
  const sampled = [...seen].flatMap(([kind, names]): [string, string[]][] => {
    const sample = resources[kind]
    return isFields(sample) ? [[kind, Object.keys(sample).filter((name) => !names.has(name))]] : []
  })
  const missing = sampled.flatMap(([kind, names]) => names.map((name) => `${kind}: ${name}`))
  return {
    kinds: sampled.map(([kind]) => kind),
    missing: missing.filter((name) => !Object.hasOwn(sometimes, name)),
    excused: missing.flatMap((name) =>
      Object.hasOwn(sometimes, name) ? `${name} (${sometimes[name]})` : [],
    ),
  }
}
