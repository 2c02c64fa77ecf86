// Events a CPU second of Strudel for the four patterns of the README; run by `cargo xtask peers patterns`.
// A line each: the name, events a CPU second, events a cycle.
import * as strudel from '@strudel/core';
import { mini } from '@strudel/mini';

const seconds = Number(process.argv[2] ?? 2);
strudel.setStringParser(mini);
const { s, sine } = strudel;
const measured = [
  ['sequence', mini('bd*4 [sn cp]*2 hh*8')],
  ['nested', mini('<[a b c d]*4 [e f g h]*4>').fast(2)],
  ['transformed', mini('a(5,8) b(3,8) c*4').every(3, (p) => p.rev()).off(0.125, (p) => p.fast(2)).ply(2)],
  ['controls', s(mini('bd*4, ~ cp, hh*8')).gain(sine.range(0.5, 1).slow(4)).every(4, (p) => p.fast(2))],
];

for (const [name, pattern] of measured) {
  const events = (cycle) => pattern.queryArc(cycle, cycle + 1).length;
  for (let cycle = 0; cycle < 200; cycle++) events(cycle);
  const [before, begun] = [process.cpuUsage(), performance.now()];
  let [count, cycles] = [0, 0];
  while (performance.now() - begun < seconds * 1000) count += events(cycles++);
  const { user, system } = process.cpuUsage(before);
  console.log(`${name} ${Math.round(count / ((user + system) / 1e6))} ${(count / cycles).toFixed(1)}`);
}
