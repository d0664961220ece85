// Moves the clock that a program keeps its keys by (node --import ./clock.mjs) ahead by the milliseconds in a file.
import { readFileSync } from 'node:fs';

const now = Date.now;
Date.now = () => now() + Number(readFileSync(process.env.CLOCK, 'utf8'));
