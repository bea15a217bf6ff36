import { invalid } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import { integer, required, text } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { change, emit } from '../events/events.ts'
import { longId, operation, present, type Resource, tell, type World } from '../world.ts'
import { checkTarget, startAdvancing } from './advance.ts'
import { customersOn, findTestClock, type TestClock } from './test-clock.ts'

const lifetime = 7 * 86_400

function checkAttachable(world: World, id: string): void {
  const customer = findCustomer(world, id, 'customer')
  if (customer.test_clock) {
    throw invalid('This customer is already attached to a test clock.', { param: 'customer' })
  }
  const busy = ['subscription', 'invoice'].some(
    (kind) => world.store.by(kind, 'customer', customer.id).length > 0,
  )
  if (busy) {
    throw invalid('Only a customer without subscriptions and invoices can be attached to a test clock.', {
      param: 'customer',
    })
  }
}

function create(world: World, params: { frozen_time: number; name?: string; customer?: string }): TestClock {
  if (params.customer !== undefined) checkAttachable(world, params.customer)
  const now = world.clock.within(null, () => world.clock.now())
  const made = world.store.put<TestClock>('test_helpers.test_clock', {
    id: longId('clock_'),
    object: 'test_helpers.test_clock',
    created: now,
    deletes_after: now + lifetime,
    frozen_time: params.frozen_time,
    livemode: false,
    name: params.name ?? null,
    status: 'ready',
    status_details: {},
    hidden: { now: params.frozen_time },
  })
  world.clock.within(null, () => {
    const due = {
      id: `delete ${made.id}`,
      at: made.deletes_after,
      what: 'test_clock.delete',
      object: made.id,
    }
    world.clock.schedule(due)
  })
  emit(world, 'test_helpers.test_clock.created', made)
  if (params.customer !== undefined) {
    const customer = findCustomer(world, params.customer)
    change(world, customer, { test_clock: made.id }, 'customer.updated')
  }
  return made
}

/** A test clock goes with all its customers, whose subscriptions end with them. */
function remove(world: World, testClock: TestClock): void {
  world.clock.within(testClock.id, () => {
    for (const customer of customersOn(world, testClock.id)) {
      tell(world, 'customer.deleting', customer)
      emit(world, 'customer.deleted', customer)
      world.store.put('customer', { ...customer, deleted: true })
    }
  })
  world.clock.within(null, () => {
    world.clock.cancel(`delete ${testClock.id}`)
    world.clock.cancel(`advance ${testClock.id}`)
  })
  world.clock.forget(testClock.id)
  world.store.remove('test_helpers.test_clock', testClock.id)
  emit(world, 'test_helpers.test_clock.deleted', testClock)
}

export const testClocks: Resource = {
  object: 'test_helpers.test_clock',
  start(world) {
    world.store.index<{ id: string; test_clock?: string | null }>(
      'customer',
      'test_clock',
      (customer) => customer.test_clock,
    )
    world.clock.on('test_clock.delete', ({ object }) => {
      const testClock = world.store.get<TestClock>('test_helpers.test_clock', object)
      if (testClock) remove(world, testClock)
    })
    startAdvancing(world)
  },
  operations: [
    operation(
      'POST /v1/test_helpers/test_clocks',
      { frozen_time: required(integer), name: text, customer: text },
      ({ world, params }) => present(world, create(world, params)),
    ),
    operation('GET /v1/test_helpers/test_clocks', paging, (call) =>
      page(call, call.world.store.all<TestClock>('test_helpers.test_clock')),
    ),
    operation('GET /v1/test_helpers/test_clocks/{id}', {}, ({ world, ids }) =>
      present(world, findTestClock(world, ids.id ?? '')),
    ),
    operation('DELETE /v1/test_helpers/test_clocks/{id}', {}, ({ world, ids }) => {
      const testClock = findTestClock(world, ids.id ?? '')
      remove(world, testClock)
      return { id: testClock.id, object: testClock.object, deleted: true }
    }),
    operation(
      'POST /v1/test_helpers/test_clocks/{id}/advance',
      { frozen_time: required(integer) },
      ({ world, params, ids }) => {
        const testClock = findTestClock(world, ids.id ?? '')
        checkTarget(world, testClock, params.frozen_time)
        const advancing = change(
          world,
          testClock,
          { status: 'advancing', status_details: { advancing: { target_frozen_time: params.frozen_time } } },
          'test_helpers.test_clock.advancing',
        )
        const at = world.clock.within(null, () => world.clock.now())
        const due = { id: `advance ${testClock.id}`, at, what: 'test_clock.step', object: testClock.id }
        world.clock.within(null, () => world.clock.schedule(due))
        return present(world, advancing)
      },
    ),
  ],
}
