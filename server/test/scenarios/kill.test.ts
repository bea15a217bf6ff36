import { afterAll, beforeAll, expect, test } from 'vitest'
import { liveKilled, RIGHT_ENDING } from '../killed-story.ts'
import type { Program } from '../program.ts'
import { newProgram } from '../program.ts'

let program: Program

beforeAll(async () => {
  program = await newProgram()
})
afterAll(() => program.remove())

test('kill -9 in the middle of the checkout, of the use and of the renewal: the story ends the same', {
  timeout: 120_000,
}, async () => {
  const kills = { afterPaying: 0, afterTracking: 0, whileRenewing: [60, 250] }
  expect(await liveKilled(program, kills)).toEqual(RIGHT_ENDING)
})
