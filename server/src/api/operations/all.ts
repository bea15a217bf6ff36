import type { Operation } from '../operation.ts'
import { accountOperations } from './accounts.ts'
import { adminOperations } from './admin.ts'
import { billingOperations } from './billing.ts'
import { checkoutOperations } from './checkout.ts'
import { notificationOperations } from './notifications.ts'
import { phoneOperations } from './phone.ts'
import { planOperations } from './plans.ts'
import { usageOperations } from './usage.ts'

/** Everything that can be asked of Tollgate. */
export const operations: readonly Operation[] = [
  ...accountOperations,
  ...planOperations,
  ...checkoutOperations,
  ...billingOperations,
  ...usageOperations,
  ...phoneOperations,
  ...notificationOperations,
  ...adminOperations,
]
