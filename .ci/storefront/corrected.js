// The sample code with two corrections: a check that fails lets users try, and is not cached.
async function generate() {
    const response = await fetch('/apps/proxy_genlook-x/public/fitting-room', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ userImageId: 'file_abc123', productId: 'gid://shopify/Product/456' }),
    });
    const generation = await response.json();
    if (response.ok && !generation.code) cached = null;
}

const CACHE_TTL = 2 * 60 * 1000;
let cached = null;

async function isAllowed() {
    if (cached && Date.now() - cached.at < CACHE_TTL) return cached.allowed;
    const at = Date.now();
    try {
        const response = await fetch('/apps/proxy_genlook-x/public/check-credits');
        const { allowed } = await response.json();
        if (!response.ok || typeof allowed !== 'boolean') return true;
        cached = { allowed, at };
        return allowed;
    } catch {
        return true;
    }
}

async function checkBeforeGenerating() {
    if (await isAllowed()) await generate();
}

const checkCachedAndGenerate = checkBeforeGenerating;
