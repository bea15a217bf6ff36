import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
})
afterAll(() => world.close())

const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)
const email = 'page@example.com'

test('lists page both ways, newest first, ten at a time unless told', async () => {
  const { stripe } = world
  const made: string[] = []
  for (let n = 0; n < 12; n++) made.unshift((await stripe.customers.create({ email })).id)
  expect(idsOf(await stripe.customers.list({ email }))).toEqual(made.slice(0, 10))
  const list = (more: object) => stripe.customers.list({ email, limit: 2, ...more })
  const first = await list({})
  expect([idsOf(first), first.has_more]).toEqual([made.slice(0, 2), true])
  const last = await list({ starting_after: made[9] })
  expect([idsOf(last), last.has_more]).toEqual([made.slice(10), false])
  const back = await list({ ending_before: made[3] })
  expect([idsOf(back), back.has_more]).toEqual([made.slice(1, 3), true])
  const top = await list({ ending_before: made[2] })
  expect([idsOf(top), top.has_more]).toEqual([made.slice(0, 2), false])
  const all: string[] = []
  for await (const customer of list({})) all.push(customer.id)
  expect(all).toEqual(made)
})

test('a cursor need not pass the filter itself: it says from where on', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1000)
  const customer = await customerWithCard(stripe)
  const make = () => stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const [oldest, middle, newest] = [await make(), await make(), await make()]
  await stripe.subscriptions.cancel(middle.id)
  const active = (more: object) =>
    stripe.subscriptions.list({ customer: customer.id, status: 'active', ...more })
  expect(idsOf(await active({}))).toEqual([newest.id, oldest.id])
  expect(idsOf(await active({ starting_after: middle.id }))).toEqual([oldest.id])
  expect(idsOf(await active({ ending_before: middle.id }))).toEqual([newest.id])
})

test('a cursor that names nothing, or something of another kind, is refused', async () => {
  const { stripe } = world
  const { id } = await stripe.products.create({ name: 'No customer' })
  await stripe.customers.create({ email })
  for (const [param, cursor] of [
    ['starting_after', 'cus_nobody'],
    ['ending_before', 'cus_nobody'],
    ['starting_after', id],
  ] as const) {
    expect(await refusalOf(stripe.customers.list({ email, [param]: cursor }))).toEqual({
      status: 400,
      code: 'resource_missing',
      param,
    })
  }
  await expect(
    stripe.customers.list({ email: 'none@example.com', starting_after: 'cus_nobody' }),
  ).rejects.toMatchObject({ message: "No such customer: 'cus_nobody'" })
})

test('a cursor of what was deleted is refused where nothing is left of it', async () => {
  const { stripe } = world
  const product = await stripe.products.create({ name: 'Short' })
  await stripe.products.del(product.id)
  expect(await refusalOf(stripe.products.list({ starting_after: product.id }))).toMatchObject({
    status: 400,
    param: 'starting_after',
  })
})

test('not both ends at once', async () => {
  const { stripe } = world
  const { id } = await stripe.customers.create({})
  await expect(stripe.customers.list({ starting_after: id, ending_before: id })).rejects.toMatchObject({
    message: 'Received both starting_after and ending_before parameters. Please pass in only one.',
  })
})

test.each([
  [0, 'This value must be greater than or equal to 1.'],
  [101, 'This value must be less than or equal to 100.'],
])('a limit of %i is refused', async (limit, message) => {
  await expect(world.stripe.customers.list({ limit })).rejects.toMatchObject({ param: 'limit', message })
})
