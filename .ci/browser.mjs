// Opens each HTML report of a folder and fails on barriers that axe-core finds, on errors in the console, on requests for anything
// else, and on content that is wider than the window.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const [chromium, folder, shots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox"], protocolTimeout: 900_000 });
const faults = [];

for (const file of readdirSync(folder).filter((name) => name.endsWith(".html"))) {
    if (statSync(join(folder, file)).size > 2_000_000) faults.push(`${file}: larger than 2 MB`);
    for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [400, "light"], [400, "dark"]]) {
        const name = `${file.replace(".html", "")}-${width}-${scheme}`;
        const fault = (text) => faults.push(`${name}: ${text}`);
        const page = await browser.newPage();
        page.on("console", (message) => message.type() === "error" && fault(message.text()));
        page.on("request", (request) => request.url().startsWith("file:") || fault(`requests ${request.url()}`));
        await page.setViewport({ width, height: 900 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        await page.goto(`file://${join(folder, file)}`);
        if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
        // What is folded has to be free of barriers as well.
        await page.evaluate(() => document.querySelectorAll("details").forEach((part) => (part.open = true)));
        if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) fault("scrolls sideways");
        await page.setBypassCSP(true);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run());
        for (const { id, help, nodes } of violations) {
            fault(`${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | ")}`);
        }
        // Filters work without scripts: each shows as many results as it says.
        for (const input of await page.$$(".filters [type=radio]")) {
            await input.evaluate((button) => button.click());
            const [said, seen] = await input.evaluate((button) => [
                Number(button.parentElement.querySelector("b").textContent),
                [...document.querySelectorAll(".result")].filter((result) => result.checkVisibility()).length,
            ]);
            if (said !== seen) fault(`a filter says ${said} and shows ${seen}`);
            await input.evaluate((button) => button.closest("fieldset").querySelector("input").click());
        }
        // With scripts: the filter by text, alone and together with the others, and the buttons that copy.
        await page.type("#f-text", "CACHE. pass");
        const wrong = await page.evaluate(() => {
            const fits = (result) => ["cache.", "pass"].every((word) => result.textContent.toLowerCase().includes(word));
            return [...document.querySelectorAll(".result")].filter((result) => result.checkVisibility() !== fits(result)).length;
        });
        if (wrong > 0) fault(`the filter by text is wrong about ${wrong} results`);
        await page.type("#f-text", " no-result-has-this");
        const [results, none] = await page.evaluate(() => [".result", ".none"].map((what) =>
            [...document.querySelectorAll(what)].filter((part) => part.checkVisibility()).length));
        if (results !== 0 || none !== 1) fault(`the filter by text shows ${results} results and ${none} notes that there are none`);
        await page.$eval("#f-text", (field) => { field.value = ""; field.dispatchEvent(new Event("input", { bubbles: true })); });
        for (const button of await page.$$(".copy")) {
            await button.click();
            await page.waitForFunction((button) => button.textContent !== "Copy", {}, button);
            if (await button.evaluate((button) => button.textContent) !== "Copied") fault("a command was not copied");
        }
        await page.close();
    }
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? "no barriers found" : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
