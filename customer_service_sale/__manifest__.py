{
    "name": "Customer Service: Sales Orders and Return Visits",
    "summary": "Who has a sales order of late is not asked why he does not order",
    "version": "19.0.1.0.0",
    "category": "Services/Customer Service",
    "author": "Customer Service Addon Contributors",
    "license": "AGPL-3",
    "depends": ["customer_service_addon", "sale"],
    "auto_install": True,
}
