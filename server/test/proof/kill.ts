import { isDeepStrictEqual } from 'node:util'
import { seeded } from '../../../sandbox/src/chance.ts'
import type { Kills } from '../killed-story.ts'
import { liveKilled, RIGHT_ENDING } from '../killed-story.ts'
import { newProgram } from '../program.ts'
import type { Proof } from './main.ts'

const CASES = 5
const CASES_IN_FULL = 40

/** The program killed with -9 at random moments of the month, checkout, use and renewal: it ends the same. */
export const proveKills: Proof = async function* ({ seed, isFull }) {
  const chance = seeded(seed)
  const next = (limit: number) => Math.floor(chance() * limit)
  for (let round = 1; round <= (isFull ? CASES_IN_FULL : CASES); round++) {
    const kills: Kills = {
      afterPaying: next(150),
      afterTracking: next(30),
      whileRenewing: [next(120), next(400), next(800)],
    }
    const name = `${round}: ${JSON.stringify(kills)}`
    const program = await newProgram()
    try {
      const ending = await liveKilled(program, kills)
      yield isDeepStrictEqual(ending, RIGHT_ENDING)
        ? { name }
        : { name, problem: JSON.stringify(ending, null, 2) }
    } catch (error) {
      yield { name, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    } finally {
      await program.remove()
    }
  }
}
