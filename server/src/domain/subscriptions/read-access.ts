import { businessNow } from '../../lib/clock.ts'
import type { Tx } from '../../lib/db.ts'
import type { Catalogs } from '../catalog/reads.ts'
import type { Access } from './access.ts'
import { decideAccess } from './access.ts'
import { planSubscription } from './reads.ts'
import type { Subscription } from './subscription.ts'

export type ReadAccess = { catalogs: Catalogs; publicUrl: string }

/** The account's access as it stands now, with the subscription that it follows from. */
export async function readAccess(
  tx: Tx,
  { catalogs, publicUrl }: ReadAccess,
  accountId: string,
): Promise<{ access: Access; subscription: Subscription | undefined }> {
  const subscription = await planSubscription(tx, accountId)
  const version = subscription?.catalogVersion ?? null
  const current = await catalogs.current(tx)
  const { catalog } = version === null ? current : await catalogs.version(tx, version)
  const access = decideAccess({
    subscription,
    catalog,
    currentCatalog: current.catalog,
    now: await businessNow(tx),
    billingUrl: `${publicUrl}/dashboard/billing`,
    pricingUrl: `${publicUrl}/pricing`,
  })
  return { access, subscription }
}
