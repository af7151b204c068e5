{
    "name": "Customer Service: Expenses of Visits",
    "summary": "Expenses of return visits with a limit per visit; the excess is the visitor's own",
    "version": "19.0.1.0.0",
    "category": "Services/Customer Service",
    "author": "Customer Service Addon Contributors",
    "license": "AGPL-3",
    "depends": ["customer_service_addon", "hr_expense"],
    "auto_install": True,
    "data": [
        "views/cs_visit_purpose_views.xml",
        "views/cs_return_visit_views.xml",
        "views/hr_expense_views.xml",
    ],
}
