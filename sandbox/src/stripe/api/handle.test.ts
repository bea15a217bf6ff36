import { expect, test } from 'vitest'
import { createClock } from '../../clock.ts'
import { createDeliveries } from '../../deliveries.ts'
import { openStore } from '../../store.ts'
import { createStripe } from '../main.ts'
import { operation } from '../world.ts'
import { invalid, StripeError } from './errors.ts'
import { createHandler } from './handle.ts'
import { text } from './params.ts'

/** A handler with one operation of its own, which counts its calls and may fail. */
function handlerOf(act: () => object) {
  const store = openStore(null)
  const clock = createClock(store)
  const deliveries = createDeliveries(store, clock)
  const { world } = createStripe({ store, clock, deliveries, address: () => '' })
  let calls = 0
  const handle = createHandler(world, [
    operation('POST /v1/things', { name: text }, () => {
      calls++
      store.put('thing', { id: `thing_${calls}` })
      return act()
    }),
  ])
  const post = (body: string) =>
    handle({
      method: 'POST',
      host: '',
      path: '/v1/things',
      query: new URLSearchParams(),
      headers: { authorization: `Bearer ${world.account.secretKey}`, 'idempotency-key': 'key' },
      body: Buffer.from(body),
    })
  return { post, calls: () => calls, kept: () => store.count('thing') }
}

test('what has begun to be done is kept under its key, 500s included, and what it did is taken back', () => {
  const { post, calls, kept } = handlerOf(() => {
    throw new Error('broken')
  })
  const first = post('name=a')
  const again = post('name=a')
  expect([first.status, again.status, calls(), kept()]).toEqual([500, 500, 1, 0])
  expect(again.body).toBe(first.body)
  expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true' })
})

test('parameters that are refused are not kept, so that the same key can be used again', () => {
  const { post, calls } = handlerOf(() => ({}))
  expect(post('mane=a').status).toBe(400)
  expect([post('name=a').status, calls()]).toEqual([200, 1])
})

test('a refusal takes back what was done before it, unless that is to stay on record', () => {
  const taken = handlerOf(() => {
    throw invalid('no')
  })
  const stays = handlerOf(() => {
    throw new StripeError(402, { type: 'card_error', message: 'declined' }, true)
  })
  taken.post('')
  stays.post('')
  expect([taken.kept(), stays.kept()]).toEqual([0, 1])
})
