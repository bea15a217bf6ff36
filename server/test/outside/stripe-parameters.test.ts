import { expect, test } from 'vitest'
import { list, notYetAll, object, text } from '../../../sandbox/src/stripe/params.ts'
import { operation } from '../../../sandbox/src/stripe/world.ts'
import { compareParameters } from './stripe-parameters.ts'

const named = (names: string[]) => ({ properties: Object.fromEntries(names.map((name) => [name, {}])) })
const description = {
  paths: {
    '/v1/things/{thing}': {
      post: {
        requestBody: {
          content: {
            form: {
              schema: {
                properties: {
                  ...named(['expand', 'name', 'color']).properties,
                  parts: { anyOf: [{}, { items: { $ref: '#/components/schemas/Part' } }] },
                },
              },
            },
          },
        },
      },
      get: { 'x-query': named(['expand']) },
    },
  },
  components: { schemas: { Part: named(['size', 'weight']) } },
}

const breachesOf = (on: string, params: Parameters<typeof operation>[1]) =>
  compareParameters(description, [operation(on, params, () => null)]).breaches.map(({ what }) => what)

const parts = list(object({ size: text, weight: text }))

test('an operation that names what Stripe names, taken or refused, agrees', () => {
  expect(breachesOf('POST /v1/things/{id}', { name: text, ...notYetAll('color', 'parts') })).toEqual([])
  expect(breachesOf('POST /v1/things/{id}', { name: text, color: text, parts })).toEqual([])
  expect(breachesOf('GET /v1/things/{id}', {})).toEqual([])
})

test.each([
  ['a name left out', { name: text, parts }, /color: Stripe takes it/],
  [
    'a name left out inside a list',
    { name: text, color: text, parts: list(object({ size: text })) },
    /parts\[\]\[weight\]/,
  ],
  ['a name of its own', { name: text, color: text, parts, mood: text }, /mood: Stripe does not know it/],
])('%s is a breach', (_what, params, breach) => {
  expect(breachesOf('POST /v1/things/{id}', params)).toEqual([expect.stringMatching(breach)])
})

test('an operation that Stripe does not have is a breach', () => {
  expect(breachesOf('DELETE /v1/things/{id}', {})).toEqual(['Stripe has no such operation'])
})
