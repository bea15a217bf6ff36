import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { problemOfKilledSeed } from './random/killed.ts'
import { problemOfSeed } from './random/sequence.ts'

const seed = () => randomInt(2 ** 31)

test('whatever is called in whatever order, and however time moves, the books are right', async () => {
  for (let round = 0; round < 15; round++) expect(await problemOfSeed(seed())).toBeUndefined()
}, 60_000)

test('killed in the middle of calls and moves, it has all that it answered and goes on soundly', async () => {
  for (let round = 0; round < 2; round++) expect(await problemOfKilledSeed(seed())).toBeUndefined()
}, 60_000)
