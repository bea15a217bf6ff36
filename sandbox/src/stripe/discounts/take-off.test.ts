import { describe, expect, test } from 'vitest'
import { splitAmount } from '../money/money.ts'
import { type Discountable, type Terms, takeOff } from './take-off.ts'

const line = (amount: number, more: Partial<Discountable> = {}): Discountable => ({
  amount,
  product: 'prod_a',
  discountable: true,
  ...more,
})
const percent = (percentOff: number, products: string[] | null = null): Terms => ({
  percentOff,
  amountOff: null,
  products,
})
const amount = (amountOff: number, products: string[] | null = null): Terms => ({
  percentOff: null,
  amountOff,
  products,
})

test.each([
  [100, [1, 1, 1], [34, 33, 33]],
  [1, [1, 1], [1, 0]],
  [5, [1, 9], [1, 4]],
  [10, [0, 10], [0, 10]],
  [7, [7], [7]],
  [0, [3, 4], [0, 0]],
  [0, [0, 0], [0, 0]],
  [9_007_199_254_740_990, [9_007_199_254_740_989, 1], [9_007_199_254_740_989, 1]],
])('%i over %j is %j', (whole, weights, expected) => {
  expect(splitAmount(whole, weights)).toEqual(expected)
})

describe('what discounts take off lines', () => {
  test.each<[string, Discountable[], Terms[], number[][]]>([
    ['a quarter', [line(1000)], [percent(25)], [[250]]],
    // Half of the four is 2; rounded line by line it would be 4.
    ['many small lines', [line(1), line(1), line(1), line(1)], [percent(50)], [[1, 1, 0, 0]]],
    ['half a cent up', [line(333)], [percent(50)], [[167]]],
    ['fractions of a percent', [line(10_000)], [percent(12.345)], [[1235]]],
    ['all of it', [line(999), line(1)], [percent(100)], [[999, 1]]],
    ['an amount, in proportion', [line(3000), line(1000)], [amount(1000)], [[750, 250]]],
    ['no more than there is', [line(300)], [amount(1000)], [[300]]],
    ['prorations left alone', [line(1000), line(500, { discountable: false })], [percent(50)], [[500, 0]]],
    ['credits left alone', [line(1000), line(-400)], [percent(50)], [[500, 0]]],
    [
      'its products only',
      [line(1000), line(1000, { product: 'prod_b' }), line(1000, { product: null })],
      [percent(10, ['prod_b'])],
      [[0, 100, 0]],
    ],
    ['one after the other', [line(1000)], [percent(50), percent(50)], [[500], [250]]],
    ['the second from what is left', [line(1000)], [amount(900), amount(900)], [[900], [100]]],
    ['a free line', [line(0)], [amount(500)], [[0]]],
    ['none', [line(1000)], [], []],
  ])('%s', (_, lines, discounts, expected) => {
    expect(takeOff(lines, discounts)).toEqual(expected)
  })
})
