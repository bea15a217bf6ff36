import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
const ids: Record<string, string> = {}
beforeAll(async () => {
  world = await start({ deaf: true })
  const make = async (name: string, more: object) => {
    ids[name] = (await world.stripe.customers.create({ name, ...more })).id
  }
  await make('Amy Smith', { email: 'amy@rocketrides.example', metadata: { tier: 'gold', "it's": 'x "y" z' } })
  await make('Bo', { email: 'bo@rocketrides.example', metadata: { tier: 'silver' }, phone: '+4912345' })
  await world.advance({ days: 1 })
  await make('Cy', { metadata: { tier: 'Gold' } })
})
afterAll(() => world.close())

const search = async (query: string) =>
  (await world.stripe.customers.search({ query })).data.map(({ id }) =>
    Object.keys(ids).find((name) => ids[name] === id),
  )

test.each([
  ['email:"amy@rocketrides.example"', ['Amy Smith']],
  ["email:'AMY@rocketrides.example'", ['Amy Smith']],
  ['email~"rocket"', ['Bo', 'Amy Smith']],
  ['name:"Amy"', []],
  ['name~"amy"', ['Amy Smith']],
  ['-email~"rocket"', ['Cy']],
  ['email:null', ['Cy']],
  ['-email:null', ['Bo', 'Amy Smith']],
  ['metadata["tier"]:"gold"', ['Cy', 'Amy Smith']],
  ["metadata['tier']:'gold' AND email~'amy'", ['Amy Smith']],
  ['metadata["tier"]:"gold" email~"amy"', ['Amy Smith']],
  ['metadata["tier"]:"silver" or name:"cy"', ['Cy', 'Bo']],
  ['-metadata["none"]:null', []],
  ['metadata["it\'s"]:"x \\"y\\" z"', ['Amy Smith']],
  ["metadata['it\\'s']:'x \"y\" z'", ['Amy Smith']],
  ['phone~"4912"', ['Bo']],
])('customers by %s', async (query, names) => {
  expect(await search(query)).toEqual(names)
})

test('numbers are compared, with or without quotes', async () => {
  const cy = await world.stripe.customers.retrieve(ids.Cy ?? '')
  const created = 'created' in cy ? cy.created : 0
  expect(await search(`created<${created}`)).toEqual(['Bo', 'Amy Smith'])
  expect(await search(`created>="${created}"`)).toEqual(['Cy'])
  expect(await search(`created:${created}`)).toEqual(['Cy'])
  expect(await search(`-created>=${created} AND email~"amy"`)).toEqual(['Amy Smith'])
})

test.each([
  ['email', /unable to parse/],
  ['email:amy', /unable to parse/],
  ['(email:"a")', /unable to parse/],
  ['email:"a" AND name:"b" OR name:"c"', /only use one of AND and OR/],
  ['balance:5', /^Field `balance` is an unsupported search field for resource `customers`\.$/],
  ['metadata:"x"', /unsupported search field/],
  ['metadata["tier"]~"gol"', /cannot be used on `metadata`/],
  ['email~"am"', /at least three characters/],
  ['email>5', /not numeric/],
  ['created>null', /null/],
  ['created:"x"', /not a number/],
  [Array.from({ length: 11 }, () => 'name:"x"').join(' '), /at most 10 clauses/],
])('%s is refused', async (query, message) => {
  await expect(world.stripe.customers.search({ query })).rejects.toMatchObject({
    statusCode: 400,
    param: 'query',
    message: expect.stringMatching(message),
  })
})

test('pages follow each other by next_page', async () => {
  const { stripe } = world
  const query = '-metadata["tier"]:null'
  const first = await stripe.customers.search({ query, limit: 2 })
  expect([first.data.length, first.has_more]).toEqual([2, true])
  const second = await stripe.customers.search({ query, limit: 2, page: first.next_page ?? '' })
  expect([second.data.length, second.has_more, second.next_page]).toEqual([1, false, null])
  const counted = await stripe.customers.search({ query, limit: 1, expand: ['total_count'] })
  expect([counted.total_count, 'total_count' in first]).toEqual([3, false])
  const all: string[] = []
  for await (const { id } of stripe.customers.search({ query, limit: 1 })) all.push(id)
  expect(all).toEqual([...first.data, ...second.data].map(({ id }) => id))
  await expect(stripe.customers.search({ query, page: 'nonsense' })).rejects.toMatchObject({ param: 'page' })
  await expect(stripe.customers.search({ query, limit: 101 })).rejects.toMatchObject({ param: 'limit' })
})

test('search can be behind, as Stripe’s is: what is new is found once the setting’s seconds have passed', async () => {
  const { stripe, control, advance } = world
  await control('settings', { search_delay_seconds: 60 }, 'PUT')
  await stripe.products.create({ name: 'Fresh product' })
  const found = async () => (await stripe.products.search({ query: 'name~"fresh"' })).data.length
  expect(await found()).toBe(0)
  await advance({ seconds: 60 })
  expect(await found()).toBe(1)
  await control('settings', { search_delay_seconds: null }, 'PUT')
})

test('charges, invoices, payment intents, prices, products and subscriptions can be searched', async () => {
  const { stripe } = world
  const price = await monthlyPrice(stripe, 1234, 'Searched')
  await stripe.prices.update(price.id, { lookup_key: 'searched_monthly' })
  const customer = await customerWithCard(stripe)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    metadata: { for: 'search' },
  })
  const of = (query: string) => ({ query: `${query} AND customer:"${customer.id}"` })
  const counts = await Promise.all([
    stripe.charges.search(of('amount>=1234 AND payment_method_details.card.last4:"4242"')),
    stripe.charges.search(of('refunded:"false" AND status:"succeeded" AND disputed:"false"')),
    stripe.invoices.search(of(`subscription:"${subscription.id}" AND total>1000 AND status:"paid"`)),
    stripe.paymentIntents.search(of('currency:"usd" AND status:"succeeded" AND amount:1234')),
    stripe.prices.search({ query: `product:"${price.product}" AND active:"true" AND type:"recurring"` }),
    stripe.prices.search({ query: 'lookup_key~"searched"' }),
    stripe.products.search({ query: 'name:"searched" AND active:"true"' }),
    stripe.subscriptions.search({ query: 'status:"active" AND metadata["for"]:"search"' }),
    stripe.charges.search(of('payment_method_details.card.last4:"0000"')),
  ])
  expect(counts.map(({ data }) => data.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0])
})
