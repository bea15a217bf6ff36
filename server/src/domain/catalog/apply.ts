import { createHash } from 'node:crypto'
import type { Database } from '../../lib/db.ts'
import type { RemotePrice, StripePort } from '../../providers/stripe/port.ts'
import type { Catalog, Plan } from './catalog.ts'
import { lookupKey, NUMBERS_HELD, overageProductId, planProductId } from './catalog.ts'
import { versionByHash } from './reads.ts'
import { insertVersion, makeCurrent, putPriceOnSale } from './writes.ts'

type Stripe = Pick<StripePort, 'findPrices' | 'ensureProduct' | 'createPrice'>
type Price = Plan['prices'][number]
type Wanted = { plan: Plan; price: Price; lookupKey: string }

/**
 * Brings Stripe and the database in line with the catalog. Products are made under ids of ours and prices found by
 * their lookup keys, so applying again, or after a crash half-way, makes nothing twice. A changed amount is a new
 * price: those who have the old one keep it, and their limits.
 */
export async function applyCatalog(
  { db, stripe }: { db: Database; stripe: Stripe },
  catalog: Catalog,
): Promise<{ version: number; created: string[] }> {
  const hash = createHash('sha256').update(JSON.stringify(catalog)).digest('hex')
  const { version, isCurrent } = await db.system(async (tx) => {
    await insertVersion(tx, catalog, hash)
    return versionByHash(tx, hash)
  })

  const wanted = wantedPrices(catalog)
  const found = new Map<string | null, RemotePrice>()
  for (const price of await stripe.findPrices(wanted.map((each) => each.lookupKey)))
    found.set(price.lookupKey, price)
  const missing = wanted.filter((each) => !isSame(found.get(each.lookupKey), each.price))
  if (missing.length > 0 || !isCurrent) await ensureProducts(stripe, catalog)
  for (const { plan, price, lookupKey: key } of missing) {
    found.set(
      key,
      await stripe.createPrice({ lookupKey: key, productId: planProductId(plan.slug), ...price }),
    )
  }

  await db.system(async (tx) => {
    for (const { plan, price, lookupKey: key } of wanted) {
      const remote = found.get(key) as RemotePrice
      await putPriceOnSale(tx, {
        stripePriceId: remote.id,
        stripeProductId: remote.productId,
        lookupKey: key,
        catalogVersion: version,
        plan: plan.slug,
        interval: price.interval,
        currency: price.currency,
        amountCents: BigInt(price.amountCents),
      })
    }
    await makeCurrent(tx, version)
  })
  return { version, created: missing.map((each) => each.lookupKey) }
}

function wantedPrices(catalog: Catalog): Wanted[] {
  return catalog.plans.flatMap((plan) =>
    plan.prices.map((price) => ({ plan, price, lookupKey: lookupKey(plan.slug, price) })),
  )
}

function isSame(remote: RemotePrice | undefined, price: Price): boolean {
  return remote?.unitAmountCents === BigInt(price.amountCents) && remote.interval === price.interval
}

async function ensureProducts(stripe: Stripe, catalog: Catalog): Promise<void> {
  for (const plan of catalog.plans) {
    if (plan.prices.length === 0) continue
    await stripe.ensureProduct({
      productId: planProductId(plan.slug),
      name: plan.name,
      description: plan.description,
    })
  }
  const overage = catalog.plans.flatMap((plan) =>
    Object.entries(plan.limits)
      .filter(([, limit]) => limit.atLimit === 'overage')
      .map(([meter]) => meter),
  )
  for (const meter of new Set(overage)) {
    const name = `${catalog.meters[meter]?.name ?? meter} beyond the plan`
    await stripe.ensureProduct({ productId: overageProductId(meter), name, description: '' })
  }
  if (catalog.plans.some((plan) => plan.numbers?.monthlyCents !== undefined)) {
    await stripe.ensureProduct({
      productId: overageProductId(NUMBERS_HELD),
      name: 'Phone number',
      description: '',
    })
  }
}
