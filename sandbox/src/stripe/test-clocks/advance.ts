import { invalid, type StripeError } from '../api/errors.ts'
import { change, emit } from '../events/events.ts'
import { afterIntervals, type Interval } from '../periods.ts'
import type { World } from '../world.ts'
import { customersOn, findTestClock, type TestClock } from './test-clock.ts'

type Subscription = { id: string; status: string }
type Item = { price: string }
type Price = { recurring: { interval: Interval; interval_count: number } | null }

/** How far a test clock may be moved from where it stands: two intervals of its shortest subscription, or two years. */
export function farthest(world: World, testClock: TestClock): number {
  const from = testClock.frozen_time
  const ends = customersOn(world, testClock.id)
    .flatMap(({ id }) => world.store.by<Subscription>('subscription', 'customer', id))
    .filter(({ status }) => status !== 'canceled' && status !== 'incomplete_expired')
    .flatMap(({ id }) => world.store.by<Item>('subscription_item', 'subscription', id))
    .flatMap(({ price }) => {
      const recurring = world.store.get<Price>('price', price)?.recurring
      return recurring ? [afterIntervals(from, recurring.interval, 2 * recurring.interval_count)] : []
    })
  return ends.length ? Math.min(...ends) : afterIntervals(from, 'year', 2)
}

const notReady = (testClock: TestClock): StripeError =>
  invalid(`The test clock ${testClock.id} is ${testClock.status}: wait until its status is ready.`)

/** Refuses changes to what stands on a test clock while that is being advanced. */
export function checkReady(world: World, testClock: string | null): void {
  const found =
    testClock === null ? undefined : world.store.get<TestClock>('test_helpers.test_clock', testClock)
  if (found?.status === 'advancing') throw notReady(found)
}

/** Refuses a move that Stripe would refuse: while another is under way, backwards, or too far at once. */
export function checkTarget(world: World, testClock: TestClock, target: number): void {
  const param = 'frozen_time'
  if (testClock.status !== 'ready') {
    throw notReady(testClock)
  }
  if (target <= testClock.frozen_time)
    throw invalid('The time to advance to must be after the current frozen time of the test clock.', {
      param,
    })
  if (!world.settings().test_clock_limits || target <= farthest(world, testClock)) return
  throw invalid(
    'The time to advance to is too far: at most two intervals of the shortest subscription on the test clock, or two years where it has none.',
    { param },
  )
}

function put(world: World, testClock: TestClock, now: number): TestClock {
  return world.store.put('test_helpers.test_clock', { ...testClock, hidden: { now } })
}

/** Ends an advance; `internal_failure` says that what was due could not be done. */
function finish(world: World, testClock: TestClock, status: 'ready' | 'internal_failure', now: number): void {
  const ended = change(
    world,
    put(world, testClock, now),
    { frozen_time: now, status, status_details: {} },
    null,
  )
  world.clock.within(testClock.id, () => emit(world, `test_helpers.test_clock.${status}`, ended))
}

/**
 * Plays one thing of an advance, or ends it. Each is a step of the sandbox's own clock, so that whoever listens has
 * answered the webhooks of one before the next happens.
 */
function step(world: World, testClock: TestClock): void {
  const target = testClock.status_details.advancing?.target_frozen_time
  if (target === undefined) return
  const due = world.clock.nextOn(testClock.id)
  if (!due || due.at > target) {
    finish(world, testClock, 'ready', target)
    return
  }
  put(world, testClock, Math.max(due.at, testClock.hidden.now))
  world.clock.playOn(testClock.id, due)
  const again = { id: `advance ${testClock.id}`, at: world.clock.now(), what: 'test_clock.step' }
  world.clock.schedule({ ...again, object: testClock.id })
}

export function startAdvancing(world: World): void {
  world.clock.on('test_clock.step', ({ object }) => {
    const testClock = world.store.get<TestClock>('test_helpers.test_clock', object)
    if (testClock?.status !== 'advancing') return
    try {
      step(world, testClock)
    } catch (error) {
      // What the step half did is taken back; the clock says so, as Stripe's does, and moves no more.
      world.store.rollback()
      console.error(`sandbox: the test clock ${object} could not be advanced:`, error)
      const now = findTestClock(world, object)
      finish(world, now, 'internal_failure', now.hidden.now)
    }
  })
}
