// The sample code of the provider's documentation, with what it leaves open: what happens after a generation.
async function generate() {
    const response = await fetch('/apps/proxy_genlook-x/public/fitting-room', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ userImageId: 'file_abc123', productId: 'gid://shopify/Product/456' }),
    });
    const generation = await response.json();
    if (response.ok && !generation.code) clearCreditsCache();
}

async function checkBeforeGenerating() {
    const creditsResponse = await fetch('/apps/proxy_genlook-x/public/check-credits');
    const credits = await creditsResponse.json();
    if (!credits.allowed) {
        return;
    }
    await generate();
}

let creditsCache = null;
let creditsCacheTime = null;
const CACHE_TTL = 2 * 60 * 1000;

async function getCreditsStatus() {
    const now = Date.now();
    if (creditsCache && creditsCacheTime && now - creditsCacheTime < CACHE_TTL) {
        return creditsCache;
    }
    const response = await fetch('/apps/proxy_genlook-x/public/check-credits');
    const result = await response.json();
    creditsCache = result;
    creditsCacheTime = now;
    return result;
}

function clearCreditsCache() {
    creditsCache = null;
    creditsCacheTime = null;
}

async function checkCachedAndGenerate() {
    if ((await getCreditsStatus()).allowed) await generate();
}
