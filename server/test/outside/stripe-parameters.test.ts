import { expect, test } from 'vitest'
import {
  clearable,
  list,
  notYetAll,
  notYetValues,
  object,
  oneOf,
  text,
} from '../../../sandbox/src/stripe/api/params.ts'
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
                  shade: { nullable: true, enum: ['light', 'dark'] },
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
const shade = clearable(oneOf('light', 'dark'))
const all = { name: text, color: text, parts, shade }

test('an operation that names what Stripe names, taken or refused, agrees', () => {
  expect(breachesOf('POST /v1/things/{id}', { name: text, ...notYetAll('color', 'parts', 'shade') })).toEqual(
    [],
  )
  expect(breachesOf('POST /v1/things/{id}', all)).toEqual([])
  const some = clearable(notYetValues(oneOf('light'), 'dark'))
  expect(breachesOf('POST /v1/things/{id}', { ...all, shade: some })).toEqual([])
  expect(breachesOf('GET /v1/things/{id}', {})).toEqual([])
})

test.each([
  ['a name left out', { name: text, parts, shade }, /color: Stripe takes it/],
  ['a name left out inside a list', { ...all, parts: list(object({ size: text })) }, /parts\[\]\[weight\]/],
  ['a name of its own', { ...all, mood: text }, /mood: Stripe does not know it/],
  ['a word left out', { ...all, shade: clearable(oneOf('light')) }, /shade=dark: Stripe takes it/],
  ['what cannot be unset', { ...all, shade: oneOf('light', 'dark') }, /shade=: Stripe takes it/],
])('%s is a breach', (_what, params, breach) => {
  expect(breachesOf('POST /v1/things/{id}', params)).toEqual([expect.stringMatching(breach)])
})

test('an operation that Stripe does not have is a breach', () => {
  expect(breachesOf('DELETE /v1/things/{id}', {})).toEqual(['Stripe has no such operation'])
})
