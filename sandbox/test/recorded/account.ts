import type { Cassette, Fields } from './cassettes.ts'
import { isFields, objectsIn } from './cassettes.ts'

/** What the recorded account had before any cassette began, as far as the answers show it. */
export type Account = {
  products: Map<string, { name: string; unit?: string }>
  prices: Fields[]
  coupons: Fields[]
}

/** "10 user × Test Subscription (at $25.00 / month)": how many of which unit of what. */
const described = /^\d+ (?:(?<unit>\S+) )?× (?<name>.+?)(?: \(at .*\))?$/

function productOf(description: string): { name: string; unit?: string } {
  const { name, unit } = described.exec(description)?.groups ?? {}
  return { name: name ?? description, ...(unit === undefined ? {} : { unit }) }
}

/** A one-time price of which nothing but its line was recorded. */
function oneTimePrice(line: Fields, id: string, product: string): Fields {
  return {
    ...{ id, object: 'price', active: true, created: 0, currency: line.currency ?? 'usd', lookup_key: null },
    ...{
      metadata: {},
      nickname: null,
      product,
      recurring: null,
      tax_behavior: 'unspecified',
      type: 'one_time',
    },
    unit_amount: Number(line.amount) / Number(line.quantity),
  }
}

/** Collects prices, coupons and products' names from all the answers; `asked` are the ids that requests name. */
export function accountOf(cassettes: Cassette[]): Account {
  const asked = new Set(
    cassettes.flatMap(({ exchanges }) => exchanges.flatMap(({ params }) => params.map(([, value]) => value))),
  )
  const prices = new Map<string, Fields>()
  const coupons = new Map<string, Fields>()
  const products: Account['products'] = new Map()
  for (const object of cassettes.flatMap(({ exchanges }) =>
    exchanges.flatMap(({ answer }) => [...objectsIn(answer)]),
  )) {
    const id = String(object.id)
    if (object.object === 'price') prices.set(id, object)
    if (object.object === 'coupon') coupons.set(id, object)
    const pricing =
      object.object === 'line_item' && isFields(object.pricing) ? object.pricing.price_details : undefined
    if (!isFields(pricing) || typeof object.description !== 'string') continue
    const [price, product] = [String(pricing.price), String(pricing.product)]
    const about = productOf(object.description)
    if (about.unit !== undefined || !products.has(product)) products.set(product, about)
    if (asked.has(price) && !prices.has(price)) prices.set(price, oneTimePrice(object, price, product))
  }
  const sold = new Set([...prices.values()].map(({ product }) => String(product)))
  for (const id of products.keys()) if (!sold.has(id)) products.delete(id)
  return { products, prices: [...prices.values()], coupons: [...coupons.values()] }
}
