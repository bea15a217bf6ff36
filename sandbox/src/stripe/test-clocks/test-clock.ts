import { invalid, missing } from '../api/errors.ts'
import type { Stored, World } from '../world.ts'

export type TestClock = Stored & {
  created: number
  deletes_after: number
  frozen_time: number
  livemode: false
  name: string | null
  status: 'ready' | 'advancing' | 'internal_failure'
  status_details: { advancing?: { target_frozen_time: number } }
  /** `now`: how far an advance under way has come; `frozen_time` shows only where one ended. */
  hidden: { now: number }
}

export function findTestClock(world: World, id: string, param = 'id'): TestClock {
  const found = world.store.get<TestClock>('test_helpers.test_clock', id)
  if (!found) throw missing('test clock', id, param)
  return found
}

type Holder = Stored & { test_clock?: string | null; deleted?: boolean; status?: string }

export const customersOn = (world: World, testClock: string): Holder[] =>
  world.store.by<Holder>('customer', 'test_clock', testClock).filter(({ deleted }) => !deleted)

const mostCustomers = 3
const mostSubscriptions = 3

/** Refuses a customer more than a test clock holds (docs.stripe.com/billing/testing/test-clocks). */
export function checkRoom(world: World, testClock: string): void {
  findTestClock(world, testClock, 'test_clock')
  if (!world.settings().test_clock_limits || customersOn(world, testClock).length < mostCustomers) return
  throw invalid(`A test clock can hold at most ${mostCustomers} customers.`, { param: 'test_clock' })
}

/** Refuses a subscription more than a customer on a test clock may have. */
export function checkSubscriptions(world: World, customer: string): void {
  if (world.clock.testClock() === null || !world.settings().test_clock_limits) return
  const live = world.store
    .by<Holder>('subscription', 'customer', customer)
    .filter(({ status }) => status !== 'canceled' && status !== 'incomplete_expired')
  if (live.length < mostSubscriptions) return
  throw invalid(`A customer on a test clock can have at most ${mostSubscriptions} subscriptions.`, {
    param: 'customer',
  })
}
