// Opens a shop's page in Chromium whose requests go through `ringtrue proxy`: once with the sample code of the provider, whose faults
// have to be found, and once with corrected code, which has to pass.
// Usage: node run.mjs CHROMIUM RINGTRUE FOLDER
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const [chromium, ringtrue, folder] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox"] });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const faults = [];

// A proxy with the mock of the contract behind it.
async function startProxy(...options) {
    const args = ["proxy", "genlook-storefront", "--upstream", "mock", "--cors", "--seed", "7", "--key", "shop.example", "-q"];
    const child = spawn(ringtrue, [...args, ...options], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    const urls = {};
    for await (const line of createInterface({ input: child.stdout })) {
        const [name, url] = line.split(" ");
        urls[name] = url;
        if (name === "states") break;
    }
    const state = async (state, params = {}) => {
        const headers = { "Content-Type": "application/json" };
        const body = JSON.stringify({ action: "setup", state, params });
        const answer = await (await fetch(urls.states, { method: "POST", headers, body })).json();
        if (!answer.ok) throw new Error(JSON.stringify(answer));
    };
    const stop = async () => {
        const report = await (await fetch(urls.report)).json();
        child.kill("SIGINT");
        await once(child, "exit");
        return Object.fromEntries(report.checks.map(({ id, verdict, reason }) => [id, { verdict, reason }]));
    };
    return { origin: new URL(urls["genlook-storefront"]).origin, state, stop };
}

// A page with the code, which finds the API at the proxy although it has another origin.
async function open(code, api) {
    const script = readFileSync(join(folder, code), "utf8");
    const html = `<!doctype html><base href="${api}/"><title>Shop</title><script>${script}</script>`;
    const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(html));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const click = (name) => page.evaluate((name) => window.eval(`${name}()`).catch(() => {}), name);
    const close = async () => {
        await page.close();
        server.close();
    };
    return { click, close };
}

// Users generate with a check in front, and then the store fails with an error that does not say whether use is allowed.
async function blocked(code) {
    const proxy = await startProxy("--inject", "fail-open-without-allowed");
    const { click, close } = await open(code, proxy.origin);
    for (let n = 0; n < 4; n++) {
        await click("checkBeforeGenerating");
        await pause(50);
    }
    await proxy.state("clock", { advance_ms: 121_000 });
    await proxy.state("backend.down");
    for (let n = 0; n < 5; n++) {
        await click("checkBeforeGenerating");
        await pause(1_100);
    }
    await close();
    return proxy.stop();
}

// Users generate with a cached check in front, and then the store fails, so that the answer to the check is a guess.
async function cached(code) {
    const proxy = await startProxy();
    const { click, close } = await open(code, proxy.origin);
    for (let n = 0; n < 4; n++) {
        await click("checkCachedAndGenerate");
        await pause(600);
    }
    await proxy.state("clock", { advance_ms: 121_000 });
    // What the check guesses, the generation does not confirm, so that it drops nothing from the cache.
    await proxy.state("balance", { tenant: "shop.example", allowed: false });
    await proxy.state("backend.down");
    await click("checkCachedAndGenerate");
    // A client may leave a failing server alone for a while.
    await pause(10_500);
    await click("checkCachedAndGenerate");
    await close();
    return proxy.stop();
}

for (const [scenario, id] of [[blocked, "fail-open.allows"], [cached, "cache.no-fail-open"]]) {
    const [sample, corrected] = await Promise.all([scenario("sample.js"), scenario("corrected.js")]);
    if (sample[id].verdict !== "warn") faults.push(`${id} does not find the fault of the sample: ${JSON.stringify(sample[id])}`);
    if (corrected[id].verdict !== "pass") faults.push(`${id} does not pass the corrected page: ${JSON.stringify(corrected[id])}`);
    for (const [other, { verdict, reason }] of Object.entries(corrected)) {
        if (["fail", "warn", "info", "error"].includes(verdict)) faults.push(`the corrected page: ${other}: ${verdict}: ${reason}`);
    }
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? "the sample's faults are found, and the corrected page passes" : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
