// A Vega-Lite specification on standard input, its chart as SVG on standard output. No browser, no canvas, no network.
import { readFileSync } from 'node:fs'
import { parse, View } from 'vega'
import { compile } from 'vega-lite'

const spec = JSON.parse(readFileSync(0, 'utf8'))
const view = new View(parse(compile(spec).spec), { renderer: 'none' })
process.stdout.write(`${await view.toSVG()}\n`)
