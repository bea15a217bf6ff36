import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Catalog, Interval } from './catalog.ts'

type CatalogVersion = { version: number; catalog: Catalog }

/** The catalogs that subscriptions stand on: the one on sale, and those that earlier subscribers keep. */
export type Catalogs = {
  current(tx: Tx): Promise<CatalogVersion>
  version(tx: Tx, version: number): Promise<CatalogVersion>
}

/** A version never changes once it is written, so each is read and parsed once. */
export function openCatalogs(): Catalogs {
  const known = new Map<number, Catalog>()
  const version = async (tx: Tx, number: number): Promise<CatalogVersion> => {
    let catalog = known.get(number)
    if (catalog === undefined) {
      const row = await tx.one<{ document: Catalog }>(sql`
        select document from catalog_versions where version = ${number}`)
      catalog = row.document
      known.set(number, catalog)
    }
    return { version: number, catalog }
  }
  return {
    version,
    current: async (tx) => {
      const row = await tx.one<{ version: number }>(
        sql`select version from catalog_versions where is_current`,
      )
      return version(tx, row.version)
    },
  }
}

export type CatalogPrice = {
  stripePriceId: string
  stripeProductId: string
  plan: string
  catalogVersion: number
  interval: Interval
  currency: string
  amountCents: bigint
}

type PriceRow = {
  stripe_price_id: string
  stripe_product_id: string
  plan: string
  catalog_version: number
  interval: Interval
  currency: string
  amount_cents: bigint
}

function toPrice(row: PriceRow): CatalogPrice {
  return {
    stripePriceId: row.stripe_price_id,
    stripeProductId: row.stripe_product_id,
    plan: row.plan,
    catalogVersion: row.catalog_version,
    interval: row.interval,
    currency: row.currency,
    amountCents: row.amount_cents,
  }
}

/** The price on sale under a lookup key. */
export async function currentPrice(tx: Tx, lookupKey: string): Promise<CatalogPrice | undefined> {
  const row = await tx.maybe<PriceRow>(sql`
    select stripe_price_id, stripe_product_id, plan, catalog_version, interval, currency, amount_cents
    from catalog_prices where lookup_key = ${lookupKey} and is_current`)
  return row && toPrice(row)
}

/** Which of these Stripe prices is a plan's, sold now or earlier. */
export async function planPrice(tx: Tx, stripePriceIds: string[]): Promise<CatalogPrice | undefined> {
  const row = await tx.maybe<PriceRow>(sql`
    select stripe_price_id, stripe_product_id, plan, catalog_version, interval, currency, amount_cents
    from catalog_prices where stripe_price_id = any(${stripePriceIds}) limit 1`)
  return row && toPrice(row)
}

export async function versionByHash(tx: Tx, hash: string): Promise<{ version: number; isCurrent: boolean }> {
  const row = await tx.one<{ version: number; is_current: boolean }>(sql`
    select version, is_current from catalog_versions where hash = ${hash}`)
  return { version: row.version, isCurrent: row.is_current }
}
