import { type ParseArgsConfig, parseArgs } from 'node:util'
import { CannotStart } from '../config.ts'

/**
 * Reads a command's own arguments. With `--help` the usage is printed and the answer is null: there is nothing to do.
 *
 * @throws {CannotStart} naming the argument that the command does not know, exit code 2
 */
export function parseCommandLine<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  command: { usage: string; options: T; positionalsMax: number },
) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${command.usage}\n`)
    return null
  }
  const parsed = readArguments(args, command)
  const extra = parsed.positionals[command.positionalsMax]
  if (extra !== undefined) throw new CannotStart(`Unexpected argument "${extra}".\n\n${command.usage}`)
  return parsed
}

function readArguments<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  { usage, options }: { usage: string; options: T },
) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new CannotStart(`${(error as Error).message.split('. ')[0]}.\n\n${usage}`)
  }
}
