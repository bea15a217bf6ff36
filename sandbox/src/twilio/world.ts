import type { Clock } from '../clock.ts'
import type { Deliveries } from '../deliveries.ts'
import type { Store } from '../store.ts'
import type { Accounts } from './account.ts'

/** What every resource of the emulator works with. */
export type World = {
  store: Store
  clock: Clock
  deliveries: Deliveries
  accounts: Accounts
}
