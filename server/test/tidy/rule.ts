import type { File } from './source.ts'

/** One rule of the house: what it asks, and a small file that breaks it, so that the rule itself is tested. */
export type Rule = {
  /** What holds, as a test's name. */
  holds: string
  /** What to do where it does not. */
  advice: string
  /** One line for each place where it does not hold. */
  violations(files: File[]): string[]
  broken: { path: string; text: string }[]
}

/** Files that a rule leaves out, each with why. */
export type Exceptions = Record<string, string>

export const isTest = (file: File) => /\.test\.tsx?$/.test(file.path) || /^[^/]+\/test\//.test(file.path)
