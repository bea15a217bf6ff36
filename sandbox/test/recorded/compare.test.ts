import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Cassette, Fields } from './cassettes.ts'
import { compare } from './compare.ts'
import { createIds } from './ids.ts'
import { type Outcome, replay } from './replay.ts'
import { reportOf } from './report.ts'
import { missingFields } from './samples.ts'
import { stateOf } from './seeds.ts'
import { createChronology } from './when.ts'

const place = { version: '2025-10-29.clover', object: 'answer', field: '' }
const differing = (recorded: Fields, ours: Fields, ids = createIds()) =>
  [...compare(recorded, ours, { place, ids })].map(({ object, field }) => `${object}: ${field}`)

const invoice = (changes: Fields = {}): Fields => ({
  id: 'in_recorded0001',
  object: 'invoice',
  amount_due: 500,
  lines: { object: 'list', data: [{ id: 'il_recorded0001', object: 'line_item', amount: 500 }] },
  number: null,
  ...changes,
})

test.each<[what: string, changes: Fields, found: string[]]>([
  ['an equal answer', {}, []],
  ['an amount', { amount_due: 499 }, ['invoice: amount_due']],
  ['a value where none was', { number: 'A-0001' }, ['invoice: number']],
  ['a field that nobody recorded', { extra: null }, ['invoice: extra']],
  ['a line too few', { lines: { object: 'list', data: [] } }, ['invoice: lines.data[]']],
  [
    'an amount of a line',
    { lines: { object: 'list', data: [{ id: 'il_recorded0001', object: 'line_item', amount: 1 }] } },
    ['line_item: amount'],
  ],
])('sees %s', (_what, changes, found) => {
  expect(differing(invoice(), invoice(changes))).toEqual(found)
})

test('one of our objects stands for one recorded object, wherever it is named', () => {
  const ids = createIds()
  const own = { id: 'in_ours00000001', lines: { object: 'list', data: [] } }
  const bare = invoice({ lines: { object: 'list', data: [] } })
  expect(differing(bare, invoice(own), ids)).toEqual([])
  const url = { url: '/v1/invoices/in_recorded0001/lines', invoice: 'in_recorded0001' }
  expect(
    differing(url, { url: '/v1/invoices/in_ours00000001/lines', invoice: 'in_ours00000001' }, ids),
  ).toEqual([])
  expect(
    differing(url, { url: '/v1/invoices/in_another000001/lines', invoice: 'in_another000001' }, ids),
  ).toEqual(['answer: url', 'answer: invoice'])
  expect(differing({ of: 'in_recorded0002' }, { of: 'in_ours00000001' }, ids)).toEqual(['answer: of'])
  expect(differing({ of: 'in_recorded0002' }, { of: 'sub_ours0000001' }, ids)).toEqual(['answer: of'])
})

test('an exchange took place at the first moment that no earlier answer knew', () => {
  const at = createChronology()
  const exchange = (answer: Fields) => ({ method: 'GET', path: '/v1/x', params: [], status: 200, answer })
  const price = { id: 'price_old000001', object: 'price', created: 5 }
  expect(at(exchange({ id: 'a', object: 'subscription', created: 100, of: price }))).toBe(100)
  expect(at(exchange({ id: 'a', object: 'subscription', created: 100 }))).toBeUndefined()
  expect(at(exchange({ id: 'a', object: 'subscription', created: 100, canceled_at: 130 }))).toBe(130)
  expect(at(exchange({ error: { request_log_url: 'https://x/req_1?t=140' } }))).toBe(140)
})

test('a recording that the sandbox answers otherwise is a breach, and too few compared are one too', async () => {
  const cassette: Cassette = {
    name: 'made_up',
    version: '2026-03-25.dahlia',
    exchanges: [
      {
        ...{ method: 'GET', path: '/v1/customers/cus_unknown00001', params: [], status: 200 },
        answer: { id: 'cus_unknown00001', object: 'customer', created: 1_774_905_000, email: 'a@b.test' },
      },
      { method: 'POST', path: '/v1/products', params: [['name', 'A']], status: 400, answer: { error: {} } },
      { method: 'POST', path: '/v1/transfers', params: [], status: 200, answer: {} },
    ],
  }
  const account = { products: new Map(), prices: [], coupons: [] }
  const outcomes: Outcome[] = await replay(cassette, { account, state: await stateOf(account) })
  const { summary, kinds, breaches } = reportOf(outcomes)
  expect(summary).toMatch(/3 recorded exchanges: 2 compared, 0 equal.*\nleft out: 1\n {2}1 Connect/)
  expect(kinds).toEqual(['GET /v1/customers/{id}', 'POST /v1/products'])
  const found = breaches.map(({ kind, what }) => `${kind}: ${what}`)
  expect(found).toContainEqual(expect.stringMatching(/^GET .*customer: balance is 0, recorded was nothing/))
  expect(found).toContainEqual(
    expect.stringMatching(/^POST \/v1\/products: answer: status is 200, recorded was 400/),
  )
  expect(found).toContainEqual('all of them: only 2 of 3 could be compared')
})

test('a field of a sample that none of our objects has is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'samples-'))
  const file = join(folder, 'samples.json.gz')
  const product = { id: 'prod_1', object: 'product', name: 'A', colour: 'red' }
  const item = { id: 'ii_1', object: 'invoiceitem', net_amount: 1 }
  writeFileSync(file, gzipSync(JSON.stringify({ resources: { product, invoiceitem: item, toaster: {} } })))
  const found = await missingFields(file, [{ id: 'ii_1', object: 'invoiceitem' }])
  rmSync(folder, { recursive: true })
  expect(found.kinds.sort()).toEqual(['invoiceitem', 'product'])
  expect(found.missing).toEqual(['product: colour'])
  expect(found.excused).toEqual(['invoiceitem: net_amount (of items that cannot be discounted)'])
})
