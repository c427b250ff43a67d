mod generate;
mod generate_limits;
