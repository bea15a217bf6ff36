import { problemOfKilledSeed } from '../../../sandbox/test/random/killed.ts'
import { problemOfSeed } from '../../../sandbox/test/random/sequence.ts'
import type { Proof } from './main.ts'

const proveSeeds = (
  what: string,
  sizes: { usual: number; full: number },
  problemOf: (seed: number) => Promise<string | undefined>,
): Proof =>
  async function* ({ seed, isFull }) {
    for (let round = 0; round < (isFull ? sizes.full : sizes.usual); round++) {
      const problem = await problemOf(seed + round)
      yield { name: `${what}, seed ${seed + round}`, ...(problem === undefined ? {} : { problem }) }
    }
  }

/** Fifty calls and moves of the clock in any order leave books that are right. */
export const proveSequences = proveSeeds('50 calls and moves', { usual: 150, full: 2000 }, problemOfSeed)

/** The same in a sandbox that is killed with -9 in the middle of them and started again. */
export const proveKilledSequences = proveSeeds(
  '50 calls and moves, killed on the way',
  { usual: 15, full: 150 },
  problemOfKilledSeed,
)
