import { parentPort, workerData } from 'node:worker_threads';
import { sweepPlans } from '../simulation/plan-sweep.js';
import { PriceColumns } from '../simulation/price-columns.js';
import type { SweepPart } from './sweep-pool.js';

const { market, cases, memory } = workerData as SweepPart;
parentPort?.postMessage(sweepPlans(market, cases, new PriceColumns(memory)));
